"""Texts to unit vectors: the mean token of all-MiniLM-L6-v2, as its authors use it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from models.text import minilm
from models.text.rows import Reader

N_TOKENS = 256  # what the model was trained to read
BATCH = 32


def embed(reader: Reader, tokenizer: Tokenizer, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """(texts, 384), each of length 1, so that a dot product is a cosine."""
    encodings = tokenizer.encode_batch(list(texts))
    found = np.zeros((len(texts), minilm.WIDTH), np.float32)
    for places in minilm.by_length(encodings, BATCH):
        each = minilm.batch([encodings[i] for i in places])
        with torch.inference_mode():
            read = torch.split(reader.read(each), each.mask.sum(dim=1).tolist())
            vectors = torch.stack([tokens.mean(dim=0) for tokens in read])
        found[places] = F.normalize(vectors, dim=1).numpy()
    return found
