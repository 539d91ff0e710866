"""The plain encoder against the transformers library, and the judge's weights' way to disk."""

import json
import subprocess
import sys

import pytest
import torch

from models.text import weights

if weights.missing():
    pytest.skip(weights.missing(), allow_module_level=True)

from models.text import embedding, judge, minilm

TEXTS = [
    "The heart beats.",
    "Contrastive predictive coding yields the most transferable representations across tasks.",
    "p < 0.05; 12-lead ECGs (10 s) at 500 Hz, naïve β-blockers" + " and more" * 300,
]
REFERENCE = """
import json, sys
import torch
from transformers import AutoModel, AutoTokenizer
folder, texts = sys.argv[1], json.loads(sys.argv[2])
tokens = AutoTokenizer.from_pretrained(folder)(
    texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
with torch.inference_mode():
    hidden = AutoModel.from_pretrained(folder)(**tokens).last_hidden_state
mask = tokens["attention_mask"].unsqueeze(-1)
mean = (hidden * mask).sum(1) / mask.sum(1)
print(json.dumps(torch.nn.functional.normalize(mean, dim=1).tolist()))
"""


def test_vectors_are_those_of_the_transformers_library():
    command = [sys.executable, "-c", REFERENCE, str(weights.folder()), json.dumps(TEXTS)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    theirs = torch.tensor(json.loads(said.stdout.splitlines()[-1]))
    model, tokenizer = minilm.load(), minilm.tokenizer(embedding.N_TOKENS)
    batch = minilm.batch(tokenizer.encode_batch(TEXTS))
    with torch.inference_mode():
        mean = minilm.mean_token(model(batch.ids, batch.mask), batch.mask)
    ours = torch.nn.functional.normalize(mean, dim=1)
    assert (ours - theirs).abs().max() < 1e-5
    quick = torch.from_numpy(embedding.embed(model, tokenizer, TEXTS))  # perhaps in bfloat16
    assert (quick * theirs).sum(dim=1).min() > 0.999


def test_a_text_has_one_vector_whatever_stands_beside_it():
    model, tokenizer = minilm.load(), minilm.tokenizer(embedding.N_TOKENS)
    alone = embedding.embed(model, tokenizer, TEXTS[:1])
    among = embedding.embed(model, tokenizer, TEXTS)[:1]
    assert float((alone * among).sum()) == pytest.approx(1, abs=1e-3)


def test_a_saved_judge_says_nearly_the_same_and_changes_only_its_upper_layers(tmp_path):
    generator = torch.Generator().manual_seed(1)
    made = judge.Judge(minilm.load())
    for value in made.trained().values():
        value.data += 0.02 * torch.randn(value.shape, generator=generator)
    judge.save(made, tmp_path / "j", {"seed": 1})
    read = judge.load(tmp_path / "j")
    tokenizer = minilm.tokenizer(judge.N_TOKENS)
    pairs = [("A beats B.", "B beats A."), ("Birds sing.", TEXTS[1])]
    before, after = (judge.logits(one, tokenizer, pairs) for one in (made, read))
    assert abs(before - after).max() < 0.1
    lower = dict(minilm.load().layers[0].named_parameters())
    kept = dict(read.encoder.layers[0].named_parameters())
    assert all(torch.equal(lower[name], kept[name]) for name in lower)
    assert (tmp_path / "j").stat().st_size < 6_000_000


def test_a_judge_that_was_never_trained_says_how_to_train_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python -m models\.text train"):
        judge.load(tmp_path / "none")
