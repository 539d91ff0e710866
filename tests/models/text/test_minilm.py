"""The plain encoder against the transformers library, and the judge's weights' way to disk."""

import json
import subprocess
import sys

import pytest
import torch

from models.text import weights

if weights.missing():
    pytest.skip(weights.missing(), allow_module_level=True)

from models.text import embedding, judge, minilm, rows

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
        is_word = batch.mask.unsqueeze(-1)
        mean = (model(batch.ids, batch.mask) * is_word).sum(dim=1) / is_word.sum(dim=1)
    ours = torch.nn.functional.normalize(mean, dim=1)
    assert (ours - theirs).abs().max() < 1e-5
    reader = rows.Reader(model, minilm.sum_dtype())  # perhaps in bfloat16
    quick = torch.from_numpy(embedding.embed(reader, tokenizer, TEXTS))
    assert (quick * theirs).sum(dim=1).min() > 0.999


def test_a_text_has_one_vector_whatever_stands_beside_it():
    reader = rows.Reader(minilm.load(), minilm.sum_dtype())
    tokenizer = minilm.tokenizer(embedding.N_TOKENS)
    alone = embedding.embed(reader, tokenizer, TEXTS[:1])
    among = embedding.embed(reader, tokenizer, TEXTS)[:1]
    assert float((alone * among).sum()) == pytest.approx(1, abs=1e-3)


@pytest.fixture(scope="module")
def made() -> judge.Judge:
    """A judge that learnt nothing, a little away from the published weights."""
    generator = torch.Generator().manual_seed(0)
    found = judge.Judge(minilm.load())
    for value in found.trained().values():
        value.data += 0.02 * torch.randn(value.shape, generator=generator)
    return found.eval()


QUESTIONS = [
    judge.Question("A beats B.", ("B beats A.", "They met in Rome."), "A contest"),
    judge.Question("Birds sing.", (TEXTS[1],)),
]


def test_a_judge_comes_back_from_disk_as_it_was_to_within_a_step_of_eight_bits(made, tmp_path):
    judge.save(made, tmp_path / "j", {"seed": 1})
    read = judge.load(tmp_path / "j")
    before, after = (judge.answers(one, judge.Pieces(), QUESTIONS) for one in (made, read))
    for one, other in zip(before, after, strict=True):
        assert abs(one.whole - other.whole).max() < 0.1
        assert one.sentences.shape == other.sentences.shape
    assert (tmp_path / "j").stat().st_size < 11_000_000


def test_a_document_is_read_alike_whatever_is_read_beside_it(made):
    pieces = judge.Pieces()
    among = judge.answers(made, pieces, QUESTIONS, at_once=2)
    for question, found in zip(QUESTIONS, among, strict=True):
        (alone,) = judge.answers(made, pieces, [question])
        assert alone.whole == pytest.approx(found.whole, abs=0.02)  # bfloat16, perhaps
        assert alone.sentences == pytest.approx(found.sentences, abs=0.02)


def test_matrices_cast_once_read_as_those_cast_for_every_document(made, tmp_path):
    judge.save(made, tmp_path / "j", {})
    cast = judge.load(tmp_path / "j")
    cast.encoder.halved()
    (one,) = judge.answers(judge.load(tmp_path / "j"), judge.Pieces(), QUESTIONS[:1])
    (other,) = judge.answers(cast, judge.Pieces(), QUESTIONS[:1])
    assert other.whole == pytest.approx(one.whole, abs=1e-4)
    assert other.sentences == pytest.approx(one.sentences, abs=1e-4)


def test_attention_in_training_gives_what_torch_gives_forwards_and_backwards(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    given = [torch.randn(3, 12, 9, 32, generator=generator, requires_grad=True) for _ in range(3)]
    mask = torch.ones(3, 1, 1, 9, dtype=torch.bool)
    mask[1, ..., 4:] = False
    monkeypatch.setattr(minilm, "N_SCORES", 12 * 9 * 9 * 2)  # two texts, then the third
    found = minilm._attended(*given, mask)
    wanted = torch.nn.functional.scaled_dot_product_attention(*given, attn_mask=mask)
    assert torch.allclose(found, wanted, atol=1e-6)
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), given),
        torch.autograd.grad(wanted.square().sum(), given),
        strict=True,
    ):
        assert torch.allclose(one, other, atol=1e-5)


def test_documents_in_a_row_are_read_as_side_by_side(made):
    batch = judge.batched(judge.Pieces().tokens([*QUESTIONS, QUESTIONS[0]]))
    with torch.inference_mode():
        whole, sentences = made(batch)
        found = made.in_a_row(batch, rows.Reader(made.encoder, torch.float32))
    assert torch.allclose(found[0], whole, atol=1e-4)
    for row, n in enumerate((2, 1, 2)):
        assert torch.allclose(found[1][row, :n], sentences[row, :n], atol=1e-4)


def test_the_lower_layers_and_the_rest_are_the_whole_way(made):
    batch = judge.batched(judge.Pieces().tokens(QUESTIONS))
    with torch.inference_mode():
        whole, sentences = made(batch)
        found = made.above(made.below(batch, 3), batch, 3)
    assert torch.equal(found[0], whole)
    assert torch.equal(found[1], sentences)


def test_every_sentence_is_read_however_long_they_are(made):
    long = tuple(f"{n} " + "and more " * 200 for n in range(12))
    question = judge.Question("Birds sing. " * 100, long, "A title " * 50)
    (tokens,) = judge.Pieces().tokens([question])
    assert len(tokens.ids) <= judge.N_TOKENS
    assert set(tokens.places) == set(range(13)), "0 for claim and title, then each sentence"
    (found,) = judge.answers(made, judge.Pieces(), [question])
    assert found.sentences.shape == (12, 3)


def test_a_document_without_sentences_is_refused(made):
    with pytest.raises(ValueError, match="without sentences"):
        judge.answers(made, judge.Pieces(), [judge.Question("A.", ())])


def test_a_judge_that_was_never_trained_says_how_to_train_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python -m models\.text train"):
        judge.load(tmp_path / "none")
