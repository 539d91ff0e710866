"""Texts to unit vectors: the mean token of all-MiniLM-L6-v2, as its authors use it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from models.text import minilm

N_TOKENS = 256  # what the model was trained to read
BATCH = 32


def embed(
    model: minilm.MiniLM, tokenizer: Tokenizer, texts: Sequence[str]
) -> npt.NDArray[np.float32]:
    """(texts, 384), each of length 1, so that a dot product is a cosine."""
    encodings = tokenizer.encode_batch(list(texts))
    found = np.zeros((len(texts), minilm.WIDTH), np.float32)
    for rows in minilm.by_length(encodings, BATCH):
        each = minilm.batch([encodings[i] for i in rows])
        with torch.inference_mode(), minilm.precision():
            vectors = minilm.mean_token(model(each.ids, each.mask).float(), each.mask)
        found[rows] = F.normalize(vectors, dim=1).numpy()
    return found
