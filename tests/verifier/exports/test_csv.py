import csv
import io

import pytest

from verifier.dossier import Dossier
from verifier.exports.csv import COLUMNS, render


@pytest.fixture(scope="module")
def rows(dossier: Dossier) -> list[dict[str, str]]:
    text = render(dossier).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_one_row_for_each_claim_in_order(
    rows: list[dict[str, str]], dossier: Dossier
) -> None:
    assert [row["id"] for row in rows] == [c.summary.claim.id for c in dossier.claims]
    assert set(rows[0]) == set(COLUMNS)


def test_no_cell_is_one_that_a_spreadsheet_would_compute(
    rows: list[dict[str, str]], nasty: str
) -> None:
    for row in rows:
        for value in row.values():
            assert not value.lstrip().startswith(("=", "+", "@", "\t", "\r"))
    assert rows[4]["statement"] == f"'{nasty}"


def test_numbers_are_not_rounded_and_what_is_missing_is_empty(rows: list[dict[str, str]]) -> None:
    best, lags, loss = rows[:3]
    assert best["experiment_confidence"] == "0.9731"
    assert best["reported_verified"] == "true"
    assert lags["literature_confidence"] == ""
    assert loss["literature_finding"] == ""
    assert loss["confidence"] == ""


def test_the_effect_that_decides_stands_with_its_interval_and_what_n_counts(
    rows: list[dict[str, str]], dossier: Dossier
) -> None:
    said = dossier.claims[0].experiment
    assert said is not None
    members = [e for e in said.assessment.estimates if e.role == "member"]
    least = min(members, key=lambda estimate: estimate.value)
    told = [rows[0][name] for name in ("effect", "effect_low", "effect_high", "effect_n")]
    assert told == [str(least.value), str(least.low), str(least.high), str(least.n)]
    assert rows[0]["effect_n_counts"] == least.n_counts
    unasked = [row for row, c in zip(rows, dossier.claims, strict=True) if c.experiment is None]
    assert unasked
    assert {row["effect"] for row in unasked} == {""}


def test_a_header_stands_even_where_there_are_no_claims(empty_dossier: Dossier) -> None:
    assert render(empty_dossier).decode("utf-8-sig").strip() == ",".join(COLUMNS)
