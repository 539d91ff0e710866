from collections import Counter
from math import log

import numpy as np
import pytest

from verifier.document import Document
from verifier.judges._words import content
from verifier.literature.bm25 import K1, B, Bm25
from verifier.literature.retrieval import N_OPENING, SENTENCE_SHARE, Retriever

TEXTS = [
    "Whales sing in the ocean, and whales travel.",
    "Contrastive pretraining improves ECG models.",
    "ECG models need labels.",
    "",
]


def by_definition(statement: str, texts: list[str]) -> list[float]:
    """BM25 as the formula is written, word by word."""
    bags = [Counter(content(text)) for text in texts]
    usual = sum(sum(bag.values()) for bag in bags) / len(bags)
    found = []
    for bag in bags:
        total = 0.0
        for word in set(content(statement)):
            n = sum(word in other for other in bags)
            idf = log(1 + (len(bags) - n + 0.5) / (n + 0.5))
            damping = K1 * (1 - B + B * sum(bag.values()) / usual)
            total += idf * bag[word] * (K1 + 1) / (bag[word] + damping)
        found.append(total)
    return found


@pytest.mark.parametrize("statement", ["ECG models", "whales and ECG", "unheard", ""])
def test_bm25_is_what_its_definition_says(statement):
    assert Bm25(TEXTS).scores(statement) == pytest.approx(by_definition(statement, TEXTS))


class Planted:
    """Embeddings by decree: the first number is how near a text is to anything asked."""

    def __init__(self, near: dict[str, float]) -> None:
        self.near = near

    def embed(self, texts):
        rows = [[self.near.get(text.strip(), 0.0), 1.0] for text in texts]
        return np.array(rows, np.float32)


def documents() -> list[Document]:
    return [Document(key=str(i), title="", text=t, source="file") for i, t in enumerate(TEXTS)]


def test_without_embeddings_shared_words_alone_rank():
    hits = Retriever(documents(), None).search("ECG labels", None, 2)
    assert [hit.place for hit in hits] == [2, 1]


def test_a_document_in_other_words_is_found_by_its_embedding():
    embedder = Planted({TEXTS[0]: 1.0})
    retriever = Retriever(documents(), embedder)
    asked = np.array([1.0, 0.0], np.float32)
    assert retriever.search("songs of the sea", asked, 1)[0].place == 0


def test_what_resembles_the_first_hits_rises():
    """Two texts as near to the claim: the one like the best hit is found before the other."""
    directions = {
        TEXTS[0]: [0.9, 0.4, 0.0], TEXTS[1]: [0.9, 0.4, 0.1], TEXTS[2]: [0.5, -0.8, 0.0],
        TEXTS[3]: [0.5, 0.8, 0.0],
    }  # fmt: skip

    class Placed:
        def embed(self, texts):
            return np.array([directions[text.strip()] for text in texts], np.float32)

    asked = np.array([1.0, 0.0, 0.0], np.float32)
    places = [hit.place for hit in Retriever(documents(), Placed()).search("unheard", asked, 4)]
    assert places.index(3) < places.index(2)


def test_of_documents_equally_near_the_one_with_a_near_sentence_comes_first():
    """And a sentence after the opening ones counts for nothing: a full text is not searched so."""
    sentences = [["far"], ["far", "near"], [*["far"] * N_OPENING, "near"], []]
    retriever = Retriever(documents(), Planted({"near": 1.0}), sentences)
    asked = np.array([1.0, 0.0], np.float32)
    hits = retriever.search("unheard", asked, 4)
    assert [hit.place for hit in hits] == [1, 3, 0, 2]
    cosines = [1.0, 0.0, 0.0]  # of those that have sentences
    standing = (1.0 - np.mean(cosines)) / np.std(cosines)
    assert hits[0].score - hits[1].score == pytest.approx(SENTENCE_SHARE * standing)


def test_no_documents_are_no_hits():
    assert Retriever([], Planted({})).search("ECG", np.zeros(2, np.float32), 3) == []
