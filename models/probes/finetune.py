"""Fine-tuning probe: a copy of the encoder learns along with a linear layer on its mean token.

As the "finetune" evaluation of arXiv:2605.12241: the head learns at the full rate, the backbone at
a tenth, the stem at a hundredth; AdamW at 1e-3, batches of 64, 100 epochs, of which the best by
the validation fold counts.
"""

import copy

from torch import Tensor, nn

from models.adamw import Group
from models.embedding import Examined
from models.encoder import Encoder
from models.probes._fitting import Budget, evaluate_fitted
from models.probes._folds import labelled_folds
from models.probes._result import ProbeResult
from models.randomness import lend, seeded
from models.recipe import RecipeError


def evaluate(
    examined: Examined,
    *,
    n_epochs: int = 100,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    backbone_share: float = 0.1,
    stem_share: float = 0.01,
    weight_decay: float = 1e-3,
    n_looks: int = 100,
    n_records: int | None = None,
    subset_seed: int = 0,
) -> ProbeResult:
    """Fit encoder and head; the encoder examined stays as it is."""
    for name, share in (("backbone_share", backbone_share), ("stem_share", stem_share)):
        if share < 0:
            raise RecipeError(f"probe_options.finetune.{name} must be at least 0, found {share}.")
    budget = Budget(
        n_epochs=n_epochs, batch_size=batch_size, weight_decay=weight_decay, n_looks=n_looks
    )
    budget.check("finetune")
    rows = labelled_folds(
        examined.records, n_records=n_records, subset_seed=subset_seed, probe="finetune"
    )
    generator = seeded(examined.recipe.seed, stream=6)
    with lend(generator):
        classifier = Classifier(examined.encoder, len(examined.records.label_names))
    encoder = classifier.encoder
    learners = (
        (classifier.head, 1.0),
        (encoder.backbone, backbone_share),
        (encoder.stem, stem_share),
    )
    return evaluate_fitted(
        "finetune",
        examined,
        classifier.to(examined.device),
        [
            Group(parameters=list(module.parameters()), learning_rate=share * learning_rate)
            for module, share in learners
        ],
        rows=rows,
        budget=budget,
        generator=generator,
    )


class Classifier(nn.Module):
    """The mean token of a copy of an encoder, and a linear layer: (B, C, T) to (B, L)."""

    def __init__(self, encoder: Encoder, n_labels: int) -> None:
        super().__init__()
        self.encoder = copy.deepcopy(encoder).requires_grad_(True)
        self.head = nn.Linear(encoder.width, n_labels)

    def forward(self, windows: Tensor) -> Tensor:
        return self.head(self.encoder.embed(windows))
