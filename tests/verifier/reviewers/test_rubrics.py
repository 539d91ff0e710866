"""Each criterion against a count made by hand of the report in conftest.py."""

from dataclasses import replace

import pytest

from verifier.quality import Opinion, Review, headline, lines, review
from verifier.reviewers import REVIEWERS, Criterion

SHARES = {
    # question stated; of its words s4, ecg, task(s): s4 and task; 2 of 4 papers; 2 of 5 wanted
    "coverage": [1, 2 / 3, 2 / 4, 2 / 5],
    # of 2 asked: 2 have a passage, 1 is settled; 1 of 2 references held; 1 of 3 cites
    "grounding": [1, 1 / 2, 1 / 2, 1 / 3],
    # one is cut; one of two quotations is real; claim 2 names "CI", which the paper does not
    "quotation": [2 / 3, 1 / 2, 1 / 2],
    # claim 1 has its "five" in the paper, claim 2 its numbers not; 4 papers said, 2 there
    "numbers": [1 / 2, 1 / 2],
    # claim 3 names its study; claims 1 and 2 compare or measure; claim 3 says "the study"
    "testability": [1 / 3, 2 / 3, 2 / 3],
    # 20 of 40 words on limits; one "does not"; "consistently"/"all" in one; all on one paper
    "balance": [1 / 2, 1, 2 / 3, 0],
    # nothing withdrawn; one looked up; 2026 recent, 2018 not; one names a version
    "currency": [1, 1 / 2, 1 / 2, 1 / 2],
    # claims 1 and 2 compare: one says by how much and how surely; nothing was run
    "statistical_support": [1 / 2, 1 / 2, None, None],
}


@pytest.mark.parametrize("name", SHARES)
def test_each_share_is_the_one_counted_by_hand(name, reported):
    found = [line.share for line in REVIEWERS.load(name).review(reported)]
    for told, wanted in zip(found, SHARES[name], strict=True):
        assert told == (None if wanted is None else pytest.approx(wanted)), name


def test_a_citation_beside_or_below_a_claim_names_its_source_and_one_below_a_heading_does_not(
    reported,
):
    def n_cited(text):
        there = replace(reported, report=replace(reported.report, text=text))
        return REVIEWERS.load("grounding").review(there)[-1].found

    places = "S4 outperforms CNNs (Lee et al., 2024).\n2.\n3.\n"
    assert n_cited(places).startswith("2 of 3 claims")
    assert n_cited(f"{places}   - Source: https://arxiv.org/abs/1807.03748").startswith("3 of 3")
    assert n_cited(f"{places}## References\n[1] https://arxiv.org").startswith("2 of 3")


def test_one_withdrawn_paper_takes_all_points_for_standing(reported):
    gone = replace(reported.sources[0], retraction="Crossref: retracted")
    (line, *_) = REVIEWERS.load("currency").review(replace(reported, sources=(gone,)))
    assert (line.share, line.found) == (0.0, "withdrawn: The study of S4")


def test_that_nobody_was_asked_about_retractions_is_not_taken_for_innocence(reported):
    unasked = tuple(replace(source, checked_at=None) for source in reported.sources)
    (line, *_) = REVIEWERS.load("currency").review(replace(reported, sources=unasked))
    assert line.share is None
    assert "no source was asked" in line.found


def test_papers_that_no_service_keeps_notices_of_are_not_held_against_a_report(reported):
    def looked_up(**more):
        sources = tuple(replace(source, **more) for source in reported.sources)
        (_, line, *_) = REVIEWERS.load("currency").review(replace(reported, sources=sources))
        return line

    assert looked_up(checked_at=None).share == 0.0
    told = looked_up(checked_at=None, has_notices=False)
    assert (told.share, told.found) == (None, "no reference has a DOI by which notices are kept")


def test_claims_that_were_not_asked_about_are_named_beside_those_that_were(reported):
    (line, *_) = REVIEWERS.load("grounding").review(reported)
    assert line.found.startswith("2 of 2 claims asked about have a passage")
    assert line.found.endswith("; 1 of 3 were not asked about yet")


def test_one_reason_that_keeps_two_criteria_from_being_judged_is_said_once():
    asked = [Criterion(asks=a, weight=1, share=None, found="nothing was run") for a in ("A?", "B?")]
    one = Criterion(asks="C?", weight=4, share=0.5, found="2 of 4 claims do")
    assert lines(opinion(asked[0], one, asked[1])) == [
        ("2.0 of 4", "C? 2 of 4 claims do."),
        ("–", "A? B? Nothing was run."),
    ]


def line(weight: float, share: float | None, raise_by: str = "do it") -> Criterion:
    return Criterion(asks="?", weight=weight, share=share, found="so", raise_by=raise_by)


def opinion(*lines: Criterion) -> Opinion:
    return Opinion(name="n", label="L", asks="?", criteria=lines)


def test_a_score_is_the_weighted_mean_of_what_could_be_judged():
    assert opinion(line(3, 0.5), line(1, 1.0), line(6, None)).score == pytest.approx(10 * 2.5 / 4)
    assert opinion(line(6, None)).score is None


def test_the_mean_leaves_out_reviewers_who_could_not_judge_and_the_spread_is_theirs():
    found = Review(opinions=(opinion(line(1, 0.2)), opinion(line(1, 0.6)), opinion(line(1, None))))
    assert found.mean == pytest.approx(4)
    assert found.spread == pytest.approx(8**0.5)
    assert "over 2 of 3 reviewers" in headline(found)


def test_advice_says_exactly_how_much_the_mean_would_gain():
    first, second = opinion(line(3, 0.0, "a"), line(1, 1.0)), opinion(line(1, 0.5, "b"))
    found = Review(opinions=(first, second))
    (best, other) = found.advice
    assert (best.text, best.gain) == ("a", pytest.approx(3.75))
    assert (other.text, other.gain) == ("b", pytest.approx(2.5))
    mended = Review(opinions=(opinion(line(3, 1.0), line(1, 1.0)), second))
    assert mended.mean == pytest.approx(found.mean + best.gain)


def test_nothing_to_judge_gives_no_number(empty_dossier):
    found = review(empty_dossier)
    assert all(o.score is None or o.score == 0.0 for o in found.opinions)
    empty = Review(opinions=())
    assert (empty.mean, empty.spread) == (None, None)
    assert headline(empty) == "No reviewer could judge anything."
