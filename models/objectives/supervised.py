"""Training from scratch on labels: what pretraining has to be weighed against.

As the evaluation of arXiv:2605.12241's published code trains: mean over tokens, one linear
layer, binary cross-entropy. It reads labels, so it is a control and no self-supervision.
"""

from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.encoder import Encoder
from models.randomness import lend


class Objective(nn.Module):
    """Predict a window's labels from its mean token.

    A run sets `n_labels` from its data set; stated in a recipe, the two must agree.
    """

    family = "supervised"
    is_causal = False
    needs = ("targets",)

    def __init__(self, encoder: Encoder, *, n_labels: int = 5) -> None:
        super().__init__()
        if n_labels < 1:
            raise ValueError(f"n_labels must be at least 1, found {n_labels}.")
        self.encoder = encoder
        self.classify = nn.Linear(encoder.width, n_labels)

    def forward(self, windows: Tensor, generator: Generator, *, targets: Tensor) -> Tensor:
        """Take targets (B, L) of 0 and 1 beside the windows."""
        with lend(generator):
            scores = self.classify(self.encoder.embed(windows))
        return F.binary_cross_entropy_with_logits(scores.float(), targets.float())

    def after_step(self) -> None:
        """Nothing follows: there is no teacher."""
