"""Any three-way NLI model in a local folder: which of three a passage does to a claim.

The order of a model's labels is its own; it is read from its configuration, and a model whose
labels do not say which is which is refused. Only safetensors are loaded, and no code of the model.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

N_TOKENS = 256  # of passage and claim together
BATCH = 16
# in the order of our findings: supported, contradicted, neither
MEANINGS = (
    ("entail", "support"),
    ("contra", "refut"),
    ("neutral", "not_enough", "notenough", "nei", "unverif", "unknown"),
)


def label_order(config: Mapping[str, Any]) -> list[int]:
    """Where a model has supported, contradicted and neither.

    Raises:
        ValueError: it does not have these three, or does not name them.

    >>> label_order({"id2label": {"0": "contradiction", "1": "entailment", "2": "neutral"}})
    [1, 0, 2]
    >>> label_order({"id2label": {"0": "SUPPORTS", "1": "REFUTES", "2": "NOT ENOUGH INFO"}})
    [0, 1, 2]
    """
    names = {int(i): str(name).lower() for i, name in (config.get("id2label") or {}).items()}
    found = [
        [i for i, name in names.items() if any(_begins(name, word) for word in words)]
        for words in MEANINGS
    ]
    if len(names) != len(MEANINGS) or any(len(places) != 1 for places in found):
        raise ValueError(
            f"The labels of this model are {', '.join(names.values()) or 'not named'}; needed are "
            "three that say entailment, contradiction and neutral."
        )
    return [places[0] for places in found]


def _begins(name: str, word: str) -> bool:
    """Begins, not holds: "not_entailment" is not entailment."""
    return re.sub(r"[\s-]+", "_", name.strip()).removeprefix("label_").startswith(word)


class Nli:
    """A model of a folder, loaded once."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.order = label_order(config)  # before anything large is loaded
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        self.tokenizer = AutoTokenizer.from_pretrained(folder, **given)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            folder, use_safetensors=True, dtype=torch.float32, **given
        ).eval()

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """(claim, passage) pairs to (pairs, 3): supported, contradicted, neither.

        The passage is the premise and the claim the hypothesis; a long passage is cut.
        """
        found = np.zeros((len(pairs), len(MEANINGS)), np.float32)
        for start in range(0, len(pairs), BATCH):
            part = pairs[start : start + BATCH]
            batch = self.tokenizer(
                [passage for _, passage in part],
                [claim for claim, _ in part],
                truncation="longest_first",
                max_length=N_TOKENS,
                padding=True,
                return_tensors="pt",
            )
            with torch.inference_mode():
                said = self.model(**batch).logits
            found[start : start + len(part)] = said[:, self.order].float().numpy()
        return found
