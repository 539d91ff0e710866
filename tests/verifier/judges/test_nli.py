"""The NLI judge, driven with a tiny model made here."""

import json
import subprocess
import sys

import numpy as np
import pytest

from models.text import weights
from verifier.encoder import Encoder
from verifier.judges import nli
from verifier.verdict import Finding

pytest.importorskip("transformers", reason="transformers is not installed")
WORDS = "s4 outperforms cnns whales sing in the ocean on ecg data .".split()
MAKE = """
import json, sys
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
folder, words, labels, bias = sys.argv[1], *map(json.loads, sys.argv[2:])
vocabulary = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
tokens = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
tokens.normalizer = normalizers.Lowercase()
tokens.pre_tokenizer = pre_tokenizers.Whitespace()
tokens.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
    special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
PreTrainedTokenizerFast(tokenizer_object=tokens, pad_token="[PAD]", unk_token="[UNK]",
    cls_token="[CLS]", sep_token="[SEP]").save_pretrained(folder)
with torch.random.fork_rng():
    torch.random.manual_seed(3)
    model = BertForSequenceClassification(BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=512,
        id2label=dict(enumerate(labels)), label2id={n: i for i, n in enumerate(labels)}))
model.classifier.bias.data = torch.tensor(bias)
model.eval().save_pretrained(folder)
asked = [("s4 outperforms cnns .", "whales sing ."), ("on ecg data", "s4 outperforms cnns")]
batch = PreTrainedTokenizerFast.from_pretrained(folder)(
    [p for _, p in asked], [c for c, _ in asked], padding=True, return_tensors="pt")
with torch.inference_mode():
    print(json.dumps([asked, model(**batch).logits.tolist()]))
"""


def make(folder, labels, bias=(0.0, 0.0, 0.0)):
    """A model in a folder, and what it says itself of two pairs."""
    command = [sys.executable, "-c", MAKE, str(folder), *map(json.dumps, (WORDS, labels, bias))]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    pairs, logits = json.loads(said.stdout.splitlines()[-1])
    return [tuple(pair) for pair in pairs], np.array(logits)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nli")
    labels = ["CONTRADICTION", "NEUTRAL", "ENTAILMENT"]
    return folder, *make(folder, labels, bias=(0.0, 0.0, 9.0))


@pytest.fixture(scope="module")
def encoder():
    opened = Encoder()
    yield opened
    opened.close()


@pytest.fixture
def configured(tiny, encoder, monkeypatch):
    monkeypatch.setenv("VERIFIER_NLI", str(tiny[0]))
    monkeypatch.setattr(nli, "shared", lambda: encoder)
    return tiny[0]


def test_the_order_of_labels_is_read_from_the_model(tiny, encoder):
    folder, pairs, theirs = tiny
    ours = encoder.entail(pairs, folder)
    np.testing.assert_allclose(ours, theirs[:, [2, 0, 1]], atol=1e-5)


def test_a_sure_model_decides_and_gives_no_probability(configured):
    said = nli.judge("S4 outperforms CNNs.", "S4 outperforms CNNs.")
    assert (said.finding, said.probability) == (Finding.SUPPORTED, None)
    assert nli.available() == (True, "")
    assert nli.VERSION.startswith(configured.name)


def test_an_unsure_model_decides_nothing(configured, monkeypatch):
    monkeypatch.setattr(nli, "SURE", 0.99999999)
    said = nli.judge("S4 outperforms CNNs.", "S4 outperforms CNNs.")
    assert said.finding is Finding.INCONCLUSIVE
    assert "supported" in said.reason


@pytest.mark.parametrize(
    "labels", [["LABEL_0", "LABEL_1", "LABEL_2"], ["entailment", "not_entailment"]]
)
def test_a_model_that_does_not_name_three_is_refused_in_words(
    labels, tiny, encoder, monkeypatch, tmp_path
):
    for path in tiny[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config["id2label"] = dict(enumerate(labels))
    (tmp_path / "config.json").write_text(json.dumps(config))
    monkeypatch.setenv("VERIFIER_NLI", str(tmp_path))
    monkeypatch.setattr(nli, "shared", lambda: encoder)
    said = nli.judge("S4 outperforms CNNs.", "S4 outperforms CNNs.")
    assert said.finding is Finding.INCONCLUSIVE
    assert "needed are three that say entailment" in said.reason
    assert said.trouble in said.reason
    assert said.trouble


def test_what_is_missing_is_said_before_anything_is_loaded(tmp_path):
    assert "VERIFIER_NLI not set" in weights.missing_nli({})
    elsewhere = {"VERIFIER_NLI": "someone/some-nli", "HF_HOME": str(tmp_path)}
    assert "neither a folder nor a model in this machine's hub" in weights.missing_nli(elsewhere)
    assert "lacks config.json" in weights.missing_nli({"VERIFIER_NLI": str(tmp_path)})


def test_a_large_model_in_parts_is_whole_and_one_in_another_form_is_not(tiny, tmp_path):
    environ = {"VERIFIER_NLI": str(tmp_path)}
    (tmp_path / "config.json").write_bytes((tiny[0] / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickled")
    assert "lacks model.safetensors (weights in another form" in weights.missing_nli(environ)
    for part in (1, 2):
        (tmp_path / f"model-0000{part}-of-00002.safetensors").write_bytes(b"%d" % part)
    assert weights.missing_nli(environ) == ""
    before = weights.nli_version(environ)
    (tmp_path / "model-00002-of-00002.safetensors").write_bytes(b"another")
    assert weights.nli_version(environ) != before


def test_a_name_of_a_hub_is_found_in_this_machines_cache(tiny, tmp_path):
    snapshot = tmp_path / "hub" / "models--someone--some-nli" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    for path in tiny[0].iterdir():
        (snapshot / path.name).write_bytes(path.read_bytes())
    environ = {"VERIFIER_NLI": "someone/some-nli", "HF_HOME": str(tmp_path)}
    assert weights.missing_nli(environ) == ""
    assert weights.nli_folder(environ) == snapshot
    assert weights.nli_version(environ).startswith("some-nli ")
