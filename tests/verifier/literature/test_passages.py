from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.document import Document
from verifier.literature.passages import passages, sentences


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


PIECES = st.sampled_from(
    "We see S4. |e.g. |et al. |\n\n|\n|Fig. 3 |A. B. |0.5|?|! |[12] |Methods\n|\f|. |  |ü|x\r\n|"
    "data2vec wins.|“Quoted.” |1 Introduction\n".split("|")
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_a_passage_is_the_text_at_its_place_and_nothing_is_lost(text):
    document = Document(key="file:x", title="", text=text, source="file", id=7)
    found = passages(document)
    assert all(p.text == text[p.start : p.end] and p.document_id == 7 for p in found)
    assert all(p.text == p.text.strip() and p.text for p in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert "".join("".join(p.text.split()) for p in found) == "".join(text.split())


@pytest.mark.parametrize(
    "one",
    [
        "Lee et al. (2020) report 0.5 points more.",
        "We follow Lee et al. [12] closely.",
        "Some methods, e.g. S4 and i.e. Mamba, are fast.",
        "As Fig. 3 and Eq. 4 show, CPC vs. JEPA is close.",
        "The method of J. A. Smith is old.",
        "An AUC of 0.91 and p < .05 were found.",
        "This sentence\nis wrapped over\nthree lines.",
        "Approx. 11M samples were used.",
        "The U.S. Food and Drug Administration agreed.",
    ],
)
def test_one_sentence_stays_one(one):
    assert split(one) == [one]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It wins [12]. We agree.", ["It wins [12].", "We agree."]),
        ("It wins. [12] We agree.", ["It wins.", "[12] We agree."]),
        ("Is it so? Yes! It is.", ["Is it so?", "Yes!", "It is."]),
        ("It rose to 3. The end.", ["It rose to 3.", "The end."]),
        ("He said “so.” We left.", ["He said “so.”", "We left."]),
        ("See Lee et al. The rest is new.", ["See Lee et al.", "The rest is new."]),
        ("CPC wins. data2vec lags.", ["CPC wins.", "data2vec lags."]),
        ("It ends. 12 leads remain.", ["It ends.", "12 leads remain."]),
        ("It takes 100 ms. Ms. Lee waits.", ["It takes 100 ms.", "Ms. Lee waits."]),
    ],
)
def test_two_sentences_are_told_apart(text, parts):
    assert split(text) == parts


def test_headings_and_page_ends_are_borders():
    text = "Before it.\n1 Introduction\nWe begin here\nand go on.\n\nMethods\nWe did so\fNext page."
    assert split(text) == [
        "Before it.",
        "1 Introduction",
        "We begin here\nand go on.",
        "Methods",
        "We did so",
        "Next page.",
    ]


def test_a_capitalised_line_inside_a_sentence_is_no_heading():
    text = "We use the\nECG Foundation Model\nOf Lee for this."
    assert split(text) == [text]


def test_a_document_that_is_not_stored_cannot_be_quoted():
    with pytest.raises(ValueError, match="only a stored document"):
        passages(Document(key="file:x", title="", text="A.", source="file"))


def parts_of(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


def test_rows_and_captions_do_not_run_into_the_sentences_around_them():
    text = (
        "It was flat for\ndata2vec.\nObjective AUROC F1\nCPC 0.931 0.412\nJEPA 0.927 0.405\n"
        "Table 1: AUROC by objective. JEPA trailed\nby 0.004 in 2 of 7 tasks."
    )
    assert parts_of(text)[1:] == [
        "Objective AUROC F1",
        "CPC 0.931 0.412",
        "JEPA 0.927 0.405",
        "Table 1: AUROC by objective.",
        "JEPA trailed\nby 0.004 in 2 of 7 tasks.",
    ]


def test_a_sentence_goes_on_over_the_end_of_a_page():
    text = "We show that S4\n\fwins on all tasks. It is fast.\fTable 2 says so."
    assert parts_of(text) == [
        "We show that S4\n\fwins on all tasks.",
        "It is fast.",
        "Table 2 says so.",
    ]
