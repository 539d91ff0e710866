from datetime import date

import pytest

from verifier.claim import InputError
from verifier.importers.synthesis import accepts, day, read

REPORT = """

# Scaling of ECG models  \t

A. Writer

June 9, 2026

## Abstract

What we found about the following research question: How does it scale. 3 claims.

## 1 Introduction

Research question: How does it scale?.

## 5 Extracted Claims

Claim\tVerified\tConfidence
Five objectives are compared.\t×\t0.11
CPC is best across diverse clinical ta\t✓\t16 %\t

Nothing lags at 240 Hz.\t✗\t

## References

- <http://arxiv.org/abs/2605.12241v1>
- <https://arxiv.org/pdf/hep-th/9901001v2.pdf>
- https://doi.org/10.1000/x.
- a book without an address
"""


def test_every_part_of_a_report_is_found() -> None:
    report = read(REPORT)
    assert (report.title, report.author) == ("Scaling of ECG models", "A. Writer")
    assert report.reported_on == date(2026, 6, 9)
    assert report.abstract.startswith("What we found")
    assert report.question == "How does it scale?"
    assert [heading for heading, _ in report.sections] == [
        "Abstract",
        "1 Introduction",
        "5 Extracted Claims",
        "References",
    ]
    assert [(r.url, r.arxiv_id, r.version, r.position) for r in report.references] == [
        ("http://arxiv.org/abs/2605.12241v1", "2605.12241", 1, 1),
        ("https://arxiv.org/pdf/hep-th/9901001v2.pdf", "hep-th/9901001", 2, 2),
        ("https://doi.org/10.1000/x", None, None, 3),
    ]


def test_claims_keep_mark_confidence_line_and_whether_they_are_cut() -> None:
    found = [(c.verified, c.confidence, c.line, c.is_cut) for c in read(REPORT).claims]
    assert found == [(False, 0.11, 20, False), (True, 0.16, 21, True), (False, None, 23, False)]


def test_a_report_may_lack_everything_but_its_table() -> None:
    text = "By nobody\nClaim\tVerified\tConfidence\nS4 is new.\t\t\n"
    assert accepts(text, "a.txt")
    report = read(text)
    assert report.claims[0].verified is None
    assert (report.title, report.author, report.reported_on) == ("", "By nobody", None)
    assert (report.abstract, report.question, report.references) == ("", "", ())


def test_a_question_without_its_mark_ends_with_its_sentence() -> None:
    assert read("# T\nResearch question: how it scales. More.").question == "how it scales"


@pytest.mark.parametrize(
    "text", ["June 9, 2026", "Jun 9, 2026", "9 June 2026", "2026-06-09", "june 09 2026"]
)
def test_a_day_is_read_in_any_of_its_forms(text: str) -> None:
    assert day(text) == date(2026, 6, 9)


def test_a_day_that_does_not_exist_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"Line 7: 'June 31, 2026' is not a day"):
        read(REPORT.replace("June 9", "June 31"))


def test_a_row_that_lost_its_tabs_is_refused_and_prose_below_the_table_is_not() -> None:
    with pytest.raises(InputError, match=r"Line 22: 'S4 is new\.' has no tab"):
        read(REPORT.replace("16 %\t\n", "16 %\nS4 is new.\n"))
    assert (
        len(read(REPORT.replace("\n## References", "\nSome prose.\n\n## References")).claims) == 3
    )


def test_a_row_with_too_many_cells_is_refused() -> None:
    with pytest.raises(InputError, match="Line 20: 4 cells"):
        read(REPORT.replace("compared.\t", "compared.\tand\t"))


def test_columns_are_found_by_their_names() -> None:
    text = "# T\nConfidence\tClaim\n0.5\tS4 is new.\n"
    assert [(c.statement, c.confidence) for c in read(text).claims] == [("S4 is new.", 0.5)]
