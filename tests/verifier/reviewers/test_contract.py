from dataclasses import replace

import pytest

from verifier.claim import Reference
from verifier.dossier import Dossier
from verifier.reviewers import REVIEWERS, Criterion

DESIGNED = {
    "coverage",
    "grounding",
    "quotation",
    "numbers",
    "testability",
    "balance",
    "currency",
    "statistical_support",
}


def test_every_quality_asked_for_has_its_reviewer():
    assert set(REVIEWERS) >= DESIGNED


@pytest.mark.parametrize("name", list(REVIEWERS))
def test_every_reviewer_fills_in_its_rubric_on_a_whole_and_on_an_empty_report(
    name, reported, empty_dossier
):
    reviewer = REVIEWERS.load(name)
    assert reviewer.LABEL
    assert reviewer.ASKS.endswith("?")
    for dossier in (reported, empty_dossier):
        rubric = reviewer.review(dossier)
        assert rubric
        for line in rubric:
            assert isinstance(line, Criterion)
            assert line.asks.endswith("?")
            assert line.found, "a reason is given, also where nothing could be judged"
            assert line.weight > 0
            assert line.share is None or 0 <= line.share <= 1
            assert line.share in (None, 1.0) or line.raise_by


@pytest.mark.parametrize("name", list(REVIEWERS))
def test_a_review_is_a_pure_function_of_what_is_known(name, reported):
    reviewer = REVIEWERS.load(name)
    assert reviewer.review(reported) == reviewer.review(reported)


@pytest.mark.parametrize("name", list(REVIEWERS))
def test_strange_text_breaks_no_reviewer(name, reported: Dossier):
    strange = replace(
        reported,
        report=replace(reported.report, text="“" * 50 + "\x00 ## 5 <b>(", question="((( ? \\"),
        references=(Reference(url="x", arxiv_id="9999.99999", version=None),),
    )
    assert REVIEWERS.load(name).review(strange)
