from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.literature.quotes import place_of
from verifier.literature.sections import page_of, section_at, sections

PAPER = """A study of leads

Abstract

We show that S4 wins.

1 Introduction

ECGs are common.

2. Materials and Methods

We trained models. Results came late.

3 Results and discussion

S4 wins.

3.1 Linear probing

It wins again.

Conclusion
S4 wins on all tasks.

References

Someone. S4 loses. 2020.
"""


def test_each_part_is_told_by_its_heading():
    kinds = [(part.title, part.kind) for part in sections(PAPER)]
    assert kinds == [
        ("", ""),
        ("Abstract", "abstract"),
        ("1 Introduction", "background"),
        ("2. Materials and Methods", "methods"),
        ("3 Results and discussion", "results"),
        ("3.1 Linear probing", "results"),
        ("Conclusion", "conclusion"),
        ("References", "references"),
    ]


GERMAN = """Eine Studie

Zusammenfassung

Wir zeigen, dass S4 gewinnt.

1 Einleitung

EKGs sind häufig.

2 Material und Methoden

Wir trainierten Modelle.

3 Ergebnisse

S4 gewinnt.

4 Überblick der Modelle

Sie sind groß.

5 Schlussfolgerungen
S4 gewinnt überall.

Literatur

[1] Jemand. 2020.
"""


def test_german_headings_are_told_too_and_an_unknown_part_keeps_no_kind():
    kinds = [(part.title, part.kind) for part in sections(GERMAN)]
    assert kinds[1:] == [
        ("Zusammenfassung", "abstract"),
        ("1 Einleitung", "background"),
        ("2 Material und Methoden", "methods"),
        ("3 Ergebnisse", "results"),
        ("4 Überblick der Modelle", ""),
        ("5 Schlussfolgerungen", "conclusion"),
        ("Literatur", "references"),
    ]


def test_lines_of_a_column_that_begin_like_headings_are_none():
    """A PDF has no blank lines: letters alone tell a heading from a line of a sentence."""
    text = (
        "3 Results\nCPC (n = 5) wins with 0.9.\nResults show that S4\nwins again. We see it.\n"
        "Objective AUROC F1\nCPC 0.931 0.412\nJEPA 0.927 0.405\nIt trails.\n"
        "References\n[1] A. Author. A paper. 2020."
    )
    kinds = [(part.title, part.kind) for part in sections(text)]
    assert kinds == [("3 Results", "results"), ("References", "references")]


def test_a_sentence_is_in_the_part_it_stands_in():
    part = section_at(sections(PAPER), PAPER.index("It wins again"))
    assert part.title == "3.1 Linear probing"


@given(st.text(alphabet="AbR1. \n\fesults", max_size=80))
def test_parts_cover_the_text_without_gap_or_overlap(text):
    parts = sections(text)
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(one.end == other.start for one, other in pairwise(parts))


@pytest.mark.parametrize("text", ["", "One sentence that ends.", "we show results\nin lower case."])
def test_an_abstract_is_one_part(text):
    assert [part.kind for part in sections(text)] == ([""] if text else [])


def test_pages_are_counted_where_there_are_pages():
    text = "one\ftwo\fthree"
    assert [page_of(text, text.index(word)) for word in ("one", "two", "three")] == [1, 2, 3]
    assert page_of("no pages", 3) is None


def test_a_quote_is_found_across_line_ends_and_nowhere_else():
    text = "S4 wins. Then\n  S4\nwins. again"
    assert place_of("S4 wins.", text) == (0, 8)
    start, end = place_of("S4 wins.", text, near=5)
    assert text[start:end] == "S4\nwins."
    assert place_of("S4 wins!", text) is None
    assert place_of("  ", text) is None
    assert place_of("s4 wins.", text) is None


@given(st.text(max_size=40), st.text(max_size=20))
def test_what_is_found_is_the_quote_but_for_white_space(text, quote):
    found = place_of(quote, text)
    if found is not None:
        assert text[slice(*found)].split() == quote.split()


def test_a_row_of_numbers_is_no_heading():
    text = "1 Results\n\nIt wins.\n\n0.91 0.92\n\nTable 1: What it reaches."
    assert "0.91 0.92" not in [part.title for part in sections(text)]


def test_the_title_of_a_paper_opens_no_part():
    (whole,) = sections("Scaling ECG models further\n\nWe ask what grows.")
    assert whole.kind == ""
