import json
import math
from dataclasses import replace
from typing import Any

import pytest

from verifier.dossier import Dossier
from verifier.exports.json import SCHEMA_VERSION, claim_json, plain, render


@pytest.fixture(scope="module")
def whole(dossier: Dossier) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(dossier))
    return found


def test_the_file_says_its_schema_and_holds_claims_runs_and_documents(
    whole: dict[str, Any], dossier: Dossier
) -> None:
    assert whole["schema_version"] == SCHEMA_VERSION
    assert len(whole["claims"]) == len(dossier.claims)
    assert [run["id"] for run in whole["runs"]] == [run.id for run in dossier.runs]
    assert whole["runs"][0]["measurements"][0]["value"] == dossier.measurements[1][0].value
    assert whole["documents"][0]["key"] == "arxiv:2605.12241"
    assert whole["report"]["title"] == dossier.report.title if dossier.report else False


def test_numbers_come_back_exactly_as_they_were(whole: dict[str, Any], dossier: Dossier) -> None:
    experiment = dossier.claims[0].experiment
    assert experiment is not None
    for told, estimate in zip(
        whole["claims"][0]["experiment"]["estimates"], experiment.assessment.estimates, strict=True
    ):
        assert (told["value"], told["low"], told["high"]) == (
            estimate.value,
            estimate.low,
            estimate.high,
        )


def test_text_of_others_comes_back_letter_by_letter(whole: dict[str, Any], nasty: str) -> None:
    assert whole["claims"][4]["statement"] == nasty


def test_what_was_reported_is_an_object_with_every_mention_or_null(dossier: Dossier) -> None:
    claim = dossier.claims[0]
    older = replace(claim.summary.mentions[0], report_id=0, confidence=0.5)
    summary = replace(claim.summary, mentions=(older, *claim.summary.mentions))
    reported = claim_json(summary, is_asked=False)["reported"]
    assert (reported["verified"], reported["confidence"]) == (True, 0.16)
    assert {"statement", "report", "position", "is_cut", "match_score"} <= set(reported)
    assert [said["confidence"] for said in reported["reports"]] == [0.5, 0.16]
    assert claim_json(replace(summary, mentions=()), is_asked=False)["reported"] is None


def test_a_witness_that_was_never_asked_is_null(whole: dict[str, Any]) -> None:
    assert whole["claims"][4]["literature"] is None
    assert whole["claims"][4]["experiment"] is None
    assert whole["claims"][4]["status"] == "unchecked"


def test_a_summary_gives_the_same_answers_as_the_whole(dossier: Dossier) -> None:
    for claim in dossier.claims:
        brief, full = (claim_json(each, is_asked=True) for each in (claim.summary, claim))
        assert set(brief) <= set(full)
        for witness in ("literature", "experiment"):
            if brief[witness] is not None:
                assert {k: full[witness][k] for k in brief[witness]} == brief[witness]
        same = set(brief) - {"literature", "experiment"}
        assert {key: full[key] for key in same} == {key: brief[key] for key in same}


def test_what_a_program_reads_stands_under_its_agreed_name(whole: dict[str, Any]) -> None:
    claim = whole["claims"][0]
    assert (claim["id"], claim["status"], claim["confidence"]) == ("C04", "verified", 0.91)
    assert claim["kind"] == "empirical"
    assert claim["runs"] == list(range(1, 23))
    said = {"finding", "confidence", "certainty", "kind", "scope", "reason"}
    assert said <= set(claim["literature"])
    assert said <= set(claim["experiment"])
    assert "protocol" in claim


def test_a_number_that_is_none_becomes_null_and_never_breaks_the_file() -> None:
    assert plain({"low": -math.inf, "value": math.nan}) == {"low": None, "value": None}
