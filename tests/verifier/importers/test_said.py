"""What other tools write into a column of verdicts or of confidence."""

import pytest

from verifier.claim import InputError
from verifier.importers import read


def told(header: str, cells: str) -> tuple[bool | None, float | None, tuple[str, ...]]:
    (claim,) = read(f"{header}\nS4 is new.;{cells}\n".encode(), name="a.csv").claims
    return claim.verified, claim.confidence, claim.remarks


@pytest.mark.parametrize(
    ("word", "verified"),
    [
        *(
            (word, True)
            for word in ("Supported", "✅ Supported", "CONFIRMED", "**Verified**", "ja")
        ),
        *((word, False) for word in ("Not supported", "not_supported", "❌", "Unverified", "nein")),
        *((word, None) for word in ("", "N/A", "—")),
    ],
)
def test_a_plain_verdict_is_read_under_any_usual_name(word: str, verified: bool | None) -> None:
    for name in ("Verified", "Verdict", "Status", "Urteil"):
        assert told(f"Claim;{name}", word) == (verified, None, ())


def test_a_refuted_claim_is_not_verified_and_the_stronger_word_is_not_lost_in_silence() -> None:
    assert told("claim;verdict", "Refuted") == (
        False,
        None,
        ("the report says 'Refuted', kept as not verified",),
    )


@pytest.mark.parametrize(
    "word", ["Mixed", "⚠️ Mixed", "⚠️", "Partially supported", "Likely true", "unklar", "NEI"]
)
def test_a_word_between_is_neither_and_is_said(word: str) -> None:
    verified, _, (remark,) = told("claim;verified", word)
    assert verified is None
    assert remark.endswith("which is neither verified nor not")


def test_what_is_no_verdict_is_refused_in_our_column_and_a_remark_in_another_tools() -> None:
    with pytest.raises(InputError, match="verified is 'three trials'; allowed"):
        told("claim;verified", "three trials")
    assert told("claim;status", "three trials") == (
        None,
        None,
        ("not kept: verified is 'three trials'",),
    )


def test_a_mark_and_a_word_that_disagree_are_refused() -> None:
    with pytest.raises(InputError, match="'❌ supported'"):
        told("claim;verified", "❌ supported")


@pytest.mark.parametrize(
    ("header", "cell", "confidence"),
    [
        ("Confidence", "85 %", 0.85),
        ("Confidence score", "0.85", 0.85),
        ("confidence_score", "High (85%)", 0.85),
        ("Konfidenz", "0,85 (hoch)", 0.85),
        ("Confidence (%)", "85", 0.85),
        ("Confidence [%]", "1", 0.01),
        ("Confidence %", "85 %", 0.85),
    ],
)
def test_a_confidence_is_read_under_any_usual_name(header, cell, confidence) -> None:
    assert told(f"claim;{header}", cell) == (None, confidence, ())


@pytest.mark.parametrize("cell", ["High", "★★★★☆", "4/5", "~85%", "0.8–0.9", "> 0.9", "⊕⊕⊕○"])
def test_a_grade_is_made_no_number_and_is_said(cell: str) -> None:
    assert told("claim;confidence", cell) == (
        None,
        None,
        (f"the report's confidence {cell!r} is no probability and not kept",),
    )


def test_a_bare_number_of_a_hundred_is_refused_with_how_to_write_it() -> None:
    with pytest.raises(InputError, match=r'out of range.*"85 %", if it is one of a hundred'):
        told("claim;confidence", "85")


def test_columns_of_our_own_export_tell_what_its_report_said_not_what_we_found() -> None:
    header = "statement;reported_verified;reported_confidence;status;confidence"
    claim = read(f"{header}\nS4 is new.;false;0.1;verified;0.97\n".encode(), name="a.csv").claims[0]
    assert (claim.verified, claim.confidence) == (False, 0.1)


def test_a_confidence_beside_a_verdict_leaves_it_a_verdict_and_a_limit_does_not() -> None:
    assert told("claim;verdict", "Supported (low confidence)") == (
        True,
        None,
        ("the report says 'Supported (low confidence)', kept as verified",),
    )
    verified, _, remarks = told("claim;verdict", "Supported (partly)")
    assert (verified, remarks) == (None, ("not kept: verified is 'Supported (partly)'",))


@pytest.mark.parametrize("percent", ["90 %", "90 percent", "90 Prozent", "90%."])
def test_a_percentage_may_be_written_out(percent: str) -> None:
    assert told("claim;confidence", percent) == (None, 0.9, ())
