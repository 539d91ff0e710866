import time

import pytest

from verifier.claim import Claim
from verifier.document import Document
from verifier.literature.evidence import PassageIndex, evidence
from verifier.verdict import Kind


def document(number: int, text: str, *, key: str = "", title: str = "") -> Document:
    return Document(key=key or f"arxiv:{number}", title=title, text=text, source="file", id=number)


def claim(statement: str, study: str | None = None) -> Claim:
    return Claim(id="c", statement=statement, kind=Kind.DESCRIPTIVE, origin="imported", study=study)


ONE = document(
    1, "We greet the reader. CPC was trained on eleven million recordings. It went well."
)
TWO = document(2, "Recordings of birds are rare. CPC was used on 11M recordings.")
OTHER = document(3, "Whales sing in the ocean. Their songs travel far.")


def test_the_passage_that_shares_most_of_the_claim_comes_first_with_its_place():
    best = evidence(claim("CPC was trained on 11M recordings."), PassageIndex([OTHER, ONE]))[0]
    assert best.document_id == 1
    assert ONE.text[best.start : best.end] == best.quote
    assert best.quote == "CPC was trained on eleven million recordings."
    assert best.score == pytest.approx(1.0)


def test_a_passage_about_something_else_is_no_evidence():
    assert evidence(claim("CPC was trained on 11M recordings."), PassageIndex([OTHER])) == []


def test_the_named_study_is_primary_and_comes_first_even_where_another_says_more():
    found = evidence(claim("CPC was trained on 11M recordings.", "2"), PassageIndex([ONE, TWO]))
    assert [one.is_primary for one in found[:2]] == [True, False]
    assert found[0].score < found[1].score


def test_without_a_named_study_nothing_is_primary():
    found = evidence(claim("CPC was trained on 11M recordings."), PassageIndex([ONE, TWO]))
    assert not any(one.is_primary for one in found)


def test_spelling_and_hyphens_do_not_matter():
    index = PassageIndex([document(1, "Pre-training needs normalization. Birds sing.")])
    (found,) = evidence(claim("Pretraining needs normalisation."), index)
    assert found.score == pytest.approx(1.0)


def test_a_misspelt_word_still_counts_for_most_of_itself():
    index = PassageIndex([document(1, "Convolutional networks win. Birds sing.")])
    (found,) = evidence(claim("Convolutionel networks win."), index)
    assert 0.9 < found.score < 1.0


def test_at_most_three_passages_of_a_document_and_five_overall():
    many = [document(i, "CPC wins. " * 6) for i in (1, 2, 3)]
    found = evidence(claim("CPC wins."), PassageIndex(many))
    assert len(found) == 5
    assert len(evidence(claim("CPC wins."), PassageIndex(many[:1]))) == 3


@pytest.mark.parametrize("statement", ["", "the of and", "The study shows."])
def test_a_claim_without_content_has_no_evidence(statement):
    assert evidence(claim(statement), PassageIndex([ONE])) == []


def test_an_empty_index_has_no_evidence():
    assert evidence(claim("CPC wins."), PassageIndex([])) == []


def test_a_claim_is_answered_quickly_from_many_sentences():
    words = [f"word{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}" for i in range(600)]
    texts = [". ".join(" ".join(words[(i + j) % 600 :][:8]) for j in range(9)) for i in range(1000)]
    index = PassageIndex(document(i, text) for i, text in enumerate(texts))
    started = time.process_time()  # a busy machine takes none of it
    index.matches("wordab wordac wordcd contrastive representation pretraining improves transfer")
    assert time.process_time() - started < 3
