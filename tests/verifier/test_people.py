"""Reviews that are blind until given, agreement beyond chance, views by name, and what is new."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from verifier.access import Access, Person, Refused, Role
from verifier.claim import InputError
from verifier.people import People
from verifier.statistics.agreement import agreement
from verifier.verdict import Assessment, Finding, Kind, Status, Witness

WORDS = ("supported", "refuted", "inconclusive")
PAIRS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=2)


@pytest.fixture
def workspace(workspace_on_either):
    return workspace_on_either


@pytest.fixture
def people(workspace, clock):
    workspace.archive.clock = clock
    return People(workspace.database, clock=clock)


def judge(people, claim_id, reviewer, status, reason="Because."):
    people.judge(claim_id, status=Status(status), reviewer=reviewer, reason=reason)


def test_a_second_reviewer_sees_the_first_only_after_judging(people):
    judge(people, "C03", "Ada", "supported")

    assert people.visible_to("C03", "Ben") == []
    judge(people, "C03", "Ben", "refuted")

    seen = [(each.reviewer, each.status.value) for each in people.visible_to("C03", " ben ")]
    assert seen == [("Ada", "supported"), ("Ben", "refuted")]


def test_a_later_judgement_by_the_same_person_is_a_revision_and_counts_for_no_agreement(people):
    judge(people, "C03", "Ada", "supported")
    judge(people, "C03", "Ben", "refuted")
    judge(people, "C03", "ben", "supported")

    assert [each.is_revision for each in people.reviews("C03")] == [False, False, True]
    assert people.agreement().observed == 0.0
    assert people.disputed() == ["C03"]


def test_a_review_needs_a_name_a_reason_a_judgement_and_a_claim(people):
    for claim_id, reviewer, status, reason in (
        ("C03", " ", "supported", "x"),
        ("C03", "Ada", "supported", " "),
        ("C03", "Ada", "unchecked", "x"),
        ("nobody", "Ada", "supported", "x"),
    ):
        with pytest.raises(InputError):
            judge(people, claim_id, reviewer, status, reason)
    assert people.reviews("C03") == []


def test_claims_wait_for_a_second_reviewer_who_is_another_person(people):
    judge(people, "C03", "Ada", "supported")

    assert people.wants_second("Ben") == ["C03"]
    assert people.wants_second("ADA") == []


@given(PAIRS)
def test_kappa_is_what_scikit_learn_computes(pairs):
    found = agreement(pairs)

    if found.kappa is None:
        assert len(set(sum(pairs, ()))) == 1
    else:
        first, second = zip(*pairs, strict=True)
        assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
        assert found.low <= found.kappa + 1e-12
        assert found.high >= found.kappa - 1e-12


def test_with_many_judgements_the_interval_is_the_usual_one():
    """Cohen (1960): the standard error of kappa is sqrt(po (1 − po) / n) / (1 − pe)."""
    pairs = [("a", "a")] * 400 + [("b", "b")] * 300 + [("a", "b")] * 200 + [("b", "a")] * 100
    found = agreement(pairs)

    observed, expected = 0.7, 0.6 * 0.5 + 0.4 * 0.5
    reach = 1.96 * sqrt(observed * (1 - observed) / 1000) / (1 - expected)
    assert found.low == pytest.approx(found.kappa - reach, abs=0.005)
    assert found.high == pytest.approx(found.kappa + reach, abs=0.005)


def test_two_judgements_that_agree_leave_almost_everything_open():
    found = agreement([("a", "a"), ("b", "b")])

    assert (found.kappa, found.high) == (1.0, 1.0)
    assert found.low < 0


def test_a_reader_can_neither_review_nor_save_a_view(workspace):
    reader = Access(lambda: Person(name="r", role=Role.READER))
    people = People(workspace.database, access=reader)

    with pytest.raises(Refused):
        judge(people, "C03", "r", "supported")
    with pytest.raises(Refused):
        people.save_view("claims", "mine", "status=refuted", author="r")


def test_a_view_is_kept_by_name_and_replaced_by_the_same_name(people):
    people.save_view("claims", "  My   view ", "status=refuted", author="Ada")
    people.save_view("claims", "My view", "status=verified", author="Ben")

    [view] = people.views("claims")
    assert (view.name, view.query, view.author) == ("My view", "status=verified", "Ben")
    people.delete_view(view.id)
    assert people.views("claims") == []
    with pytest.raises(InputError, match="needs a name"):
        people.save_view("claims", "  ", "", author="Ada")


def test_coming_back_soon_is_the_same_visit(people, clock):
    assert people.arrive("ada") is None
    first = clock()
    clock.advance(3600)
    assert people.arrive("ada") == first
    clock.advance(60)
    assert people.arrive("ada") == first


def said(finding: Finding, basis: str) -> Assessment:
    return Assessment(
        claim_id="C03", witness=Witness.LITERATURE, finding=finding, reason="r", basis=basis
    )


def test_news_are_the_claims_whose_status_is_not_what_it_was(people, workspace, clock):
    workspace.archive.append(said(Finding.SUPPORTED, "1"), kind=Kind.EMPIRICAL)
    since = clock()
    clock.advance(60)
    assert people.news(since).changes == []

    workspace.archive.append(said(Finding.CONTRADICTED, "2"), kind=Kind.EMPIRICAL)

    [change] = people.news(since).changes
    assert (change.claim_id, change.before, change.after) == (
        "C03",
        Status.SUPPORTED,
        Status.REFUTED,
    )
    workspace.archive.append(said(Finding.SUPPORTED, "3"), kind=Kind.EMPIRICAL)
    assert people.news(since).n_changed == 0, "it is back where it was"
