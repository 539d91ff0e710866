"""What is found quickly is what looking at every sentence finds, ties and all."""

from heapq import nlargest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from verifier import nearest
from verifier.bench._crowd import _statement
from verifier.matching import best_match, is_same_claim
from verifier.nearest import N_CANDIDATES, Known
from verifier.protocol import bundled
from verifier.sentences import in_order, keys_of

ODD = ("", "!!!", "???", "a", "the of", "Ünïcödé ǅ ß İ", "\ud800 leads", "x " * 400, "CPC " * 90)


def plain(statement: str, known: dict[str, str]) -> list[str]:
    """Every sentence compared with the statement, in both ways."""
    texts = {id: in_order(text) for id, text in known.items()}
    found = process.extract(in_order(statement), texts, scorer=fuzz.ratio, limit=N_CANDIDATES)
    keys = keys_of(statement)
    shared = {id: len(keys & keys_of(text)) for id, text in known.items()}
    most = nlargest(N_CANDIDATES, shared, key=shared.__getitem__)
    return list(dict.fromkeys([*(id for _, _, id in found), *most]))


def drawn(n: int, *, seed: int) -> list[str]:
    """Claims as people import them: some cut off, some twice, some that are no sentence."""
    random = np.random.default_rng(seed)
    found = [_statement(random) for _ in range(n)] + list(ODD)
    found += [each.claim.statement for each in bundled().values()]
    for place in random.integers(len(found), size=n):
        text = found[place]
        kind = int(random.integers(4))
        cut = int(random.integers(len(text) + 1))
        found.append((text, text.upper(), text[:cut], f"{text[cut:]} {text[:cut]}")[kind])
    return [found[place] for place in random.permutation(len(found))]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_are_found_as_by_comparing_with_each(seed: int) -> None:
    sentences = drawn(250, seed=seed)
    known, seen = Known({}), dict[str, str]()
    for place, sentence in enumerate(sentences):
        assert known.nearest(sentence) == plain(sentence, seen)
        known.add(str(place), sentence)
        seen[str(place)] = sentence
    assert dict(known) == seen


@given(st.lists(st.text(max_size=60), max_size=40), st.text(max_size=60))
def test_the_same_are_found_among_any_texts(sentences: list[str], statement: str) -> None:
    seen = {str(place): sentence for place, sentence in enumerate(sentences)}
    assert Known(seen).nearest(statement) == plain(statement, seen)


def test_most_sentences_are_ruled_out_without_being_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(0)
    known = Known({str(n): _statement(random) for n in range(3_000)})
    n_compared = 0
    extract = process.extract

    def counted(query, choices, **named):
        nonlocal n_compared
        n_compared += len(choices)
        return extract(query, choices, **named)

    monkeypatch.setattr(nearest.process, "extract", counted)
    for _ in range(20):
        known.nearest(_statement(random))
    assert n_compared < 20 * len(known) * 2 / 3


def test_an_id_that_is_there_keeps_its_sentence() -> None:
    known = Known({"a": "CPC scales best."})
    known.add("a", "JEPA scales best.")
    assert dict(known) == {"a": "CPC scales best."}
    assert known.nearest("JEPA scales best.") == ["a"]


def test_a_match_says_of_a_pair_what_comparing_the_pair_says() -> None:
    sentences = drawn(60, seed=7)
    for one in sentences:
        for other in sentences:
            match = best_match(one, {"other": other})
            assert match is not None
            assert match.is_same is is_same_claim(one, other)
