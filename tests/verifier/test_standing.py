"""Where a claim stands: a person's verdict stands until withdrawn, ours goes on beside it."""

import pytest

from db import standing
from verifier.archive import ClaimFilter
from verifier.claim import Claim, InputError, Report, ReportedClaim
from verifier.fragility import fragility
from verifier.protocol import bundled, presets, protocol_hash
from verifier.verdict import (
    Assessment,
    Certainty,
    Estimate,
    Evidence,
    Finding,
    Kind,
    Status,
    Witness,
)


@pytest.fixture
def workspace(workspace_on_either):
    return workspace_on_either


def read(finding, basis="1", claim_id="C03", **more):
    return Assessment(
        claim_id=claim_id,
        witness=Witness.LITERATURE,
        finding=finding,
        reason="r",
        basis=basis,
        confidence=0.9 if finding is Finding.SUPPORTED else None,
        certainty=Certainty.LOW,
        **more,
    )


def member(probability, role="member"):
    return Estimate(
        name="a − b",
        value=0.02,
        low=0.01,
        high=0.03,
        n=5,
        n_counts="seeds",
        probability=probability,
        role=role,
    )


def ran(finding, probability, **more):
    return Assessment(
        witness=Witness.EXPERIMENT,
        finding=finding,
        reason="r",
        estimates=(member(probability),),
        **{"claim_id": "C03", **more},
    )


def status_of(archive, claim_id="C03"):
    summary = archive.claim(claim_id)
    return summary.verdict.status, summary.decided.status


def test_an_overruling_stands_while_ours_goes_on(workspace):
    archive = workspace.archive
    archive.append(read(Finding.SUPPORTED), kind=Kind.EMPIRICAL)
    archive.overrule("C03", status=Status.REFUTED, author="Ada", reason="A bug.")
    archive.append(read(Finding.INCONCLUSIVE, "2"), kind=Kind.EMPIRICAL)

    assert status_of(archive) == (Status.REFUTED, Status.INCONCLUSIVE)
    assert archive.claim("C03").overruling.reason == "A bug."
    assert [step.act for step in archive.verdicts("C03")] == ["decided", "overruled", "decided"]
    assert archive.claim_ids(ClaimFilter(is_overruled=True)) == ["C03"]


def test_withdrawing_shows_ours_again_and_keeps_everything(workspace):
    archive = workspace.archive
    archive.append(read(Finding.SUPPORTED), kind=Kind.EMPIRICAL)
    archive.overrule("C03", status=Status.REFUTED, author="Ada", reason="A bug.")

    archive.withdraw("C03", author="Ada", reason="No bug after all.")

    assert status_of(archive) == (Status.SUPPORTED, Status.SUPPORTED)
    assert archive.claim("C03").verdict.confidence == 0.9
    assert [step.act for step in archive.verdicts("C03")] == ["withdrawn", "overruled", "decided"]
    with pytest.raises(InputError, match="No overruling"):
        archive.withdraw("C03", author="Ada", reason="Again.")


def test_a_claim_that_only_a_person_judged_is_unchecked_again_once_that_is_withdrawn(workspace):
    archive = workspace.archive
    archive.overrule("C04", status=Status.VERIFIED, author="Ada", reason="I know.")
    assert status_of(archive, "C04") == (Status.VERIFIED, Status.UNCHECKED)

    archive.withdraw("C04", author="Ada", reason="I do not.")

    assert status_of(archive, "C04") == (Status.UNCHECKED, Status.UNCHECKED)


def test_where_every_claim_stands_can_be_derived_again_from_the_history(workspace):
    archive = workspace.archive
    archive.append(read(Finding.SUPPORTED), kind=Kind.EMPIRICAL)
    archive.append(read(Finding.CONTRADICTED, claim_id="C05"), kind=Kind.EMPIRICAL)
    archive.overrule("C05", status=Status.VERIFIED, author="Ada", reason="x")
    kept = archive.claims().claims

    with workspace.database.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE claim SET status = 'unchecked', decided = 'unchecked', confidence = NULL, "
            "verdict_id = NULL, decided_id = NULL, literature_id = NULL, certainty = NULL"
        )
        standing.restate(session)

    assert archive.claims().claims == kept


def test_facets_count_what_a_filter_lets_through(workspace):
    archive = workspace.archive
    archive.append(read(Finding.SUPPORTED), kind=Kind.EMPIRICAL)

    facets = archive.facets(ClaimFilter(kinds=[Kind.EMPIRICAL]))

    listed = archive.claims(ClaimFilter(kinds=[Kind.EMPIRICAL])).claims
    assert facets.n_found == len(listed)
    assert facets.by["status"] == {"supported": 1, "unchecked": len(listed) - 1}
    assert facets.by_certainty[(Status.SUPPORTED, Certainty.LOW)] == 1
    assert facets.by["kind"] == {"empirical": len(listed)}


def test_what_a_replaced_protocol_decided_is_counted_apart_until_today_s_has_judged(workspace):
    archive = workspace.archive
    today = protocol_hash(bundled()["C03"].protocol, presets()["quick"])
    for claim_id, digest in (("C03", today), ("C04", "0ld"), ("C13", None)):
        said = ran(Finding.CONTRADICTED, 0.01, claim_id=claim_id, protocol_hash=digest)
        archive.append(said, kind=Kind.EMPIRICAL)

    facets = archive.facets()
    assert (facets.by["status"]["refuted"], facets.outdated_of(Status.REFUTED)) == (3, 1)
    assert facets.by["is_outdated"][True] == 1
    assert archive.claim_ids(ClaimFilter(is_outdated=True)) == ["C04"]
    assert "C04" not in archive.claim_ids(ClaimFilter(is_outdated=False))

    archive.choose_protocol("C03", "C04")  # another protocol tests it now
    assert archive.claim_ids(ClaimFilter(is_outdated=True)) == ["C03", "C04"]
    archive.choose_protocol("C03", None)  # none does
    assert archive.claim_ids(ClaimFilter(is_outdated=True)) == ["C03", "C04"]
    archive.choose_protocol("C03", "C03")
    now = protocol_hash(bundled()["C04"].protocol, presets()["standard"])
    archive.append(
        ran(Finding.CONTRADICTED, 0.01, claim_id="C04", protocol_hash=now, basis="2"),
        kind=Kind.EMPIRICAL,
    )
    assert archive.facets().outdated_of(Status.REFUTED) == 0
    assert archive.claim_ids(ClaimFilter(is_outdated=True)) == []


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("lower LOSS", True),  # any case, any order
        ("corr", True),  # the beginning of a word
        ("orrelates", False),
        ("x-corr", True),  # its id
        ("reworded sentence", True),  # as a report words it
        ("lower hubert", False),  # every word must occur
        ("naïve", True),
        ("naive", True),  # with or without the accent
        ('"lower" OR NEAR(', False),  # no operators
        ("*", False),
        ("%", False),
        ("lower %", True),  # what is no word is left out
    ],
)
def test_search_finds_words_by_their_beginning_and_knows_no_operators(words, is_found, workspace):
    archive = workspace.archive
    claim = Claim(
        id="X-corr",
        statement="Lower pretraining loss correlates with naïve error.",
        kind=Kind.EMPIRICAL,
        origin="imported",
    )
    said = ReportedClaim(statement="A reworded sentence.", position=1, line=1)
    archive.put_report(
        Report(title="t", text="A reworded sentence.", format="csv", claims=(said,)),
        name="r",
        new_claims=[claim],
        links={1: ("X-corr", None)},
    )

    assert ("X-corr" in archive.claim_ids(ClaimFilter(words=words))) is is_found


def test_search_follows_a_claim_that_is_worded_anew(workspace):
    claim = Claim(id="X", statement="Zebras sing.", kind=Kind.EMPIRICAL, origin="imported")
    workspace.archive.put_claims([claim])
    reworded = Claim(id="X", statement="Lions dance.", kind=Kind.EMPIRICAL, origin="imported")
    workspace.archive.put_claims([reworded])

    assert workspace.archive.claim_ids(ClaimFilter(words="zebras")) == []
    assert workspace.archive.claim_ids(ClaimFilter(words="lions")) == ["X"]


# A standard normal passes 1.96 at 0.975 and −1.645 at 0.05; half a standard error on either side
# of these lines is 0.9281 … 0.9931 and 0.0160 … 0.1262.


@pytest.mark.parametrize(
    ("finding", "probability", "is_fragile"),
    [
        (Finding.SUPPORTED, 0.98, True),
        (Finding.SUPPORTED, 0.9925, True),
        (Finding.SUPPORTED, 0.994, False),
        (Finding.SUPPORTED, 1.0, False),
        (Finding.INCONCLUSIVE, 0.96, True),
        (Finding.INCONCLUSIVE, 0.92, False),
        (Finding.INCONCLUSIVE, 0.5, False),
        (Finding.INCONCLUSIVE, 0.12, True),
        (Finding.CONTRADICTED, 0.04, True),
        (Finding.CONTRADICTED, 0.01, False),
        (Finding.CONTRADICTED, 0.5, False),  # another member than the one that contradicts
        (Finding.NOT_TESTABLE, 0.97, False),
    ],
)
def test_half_a_standard_error_from_a_line_is_fragile(finding, probability, is_fragile):
    assert bool(fragility(ran(finding, probability))) is is_fragile


def test_what_a_stress_arm_turns_is_fragile():
    assert "stress" in fragility(ran(Finding.SUPPORTED, 1.0, is_turned_by_stress=True))


def test_the_words_of_one_other_document_are_fragile_and_the_studys_own_are_not():
    def quote(document_id, is_primary=False):
        return Evidence(
            document_id=document_id,
            start=0,
            end=1,
            quote="q",
            score=0.5,
            stance=Finding.SUPPORTED,
            is_primary=is_primary,
        )

    assert fragility(read(Finding.SUPPORTED, evidence=(quote(1), quote(1))))
    assert not fragility(read(Finding.SUPPORTED, evidence=(quote(1), quote(2))))
    assert not fragility(read(Finding.SUPPORTED, evidence=(quote(1, is_primary=True),)))
    assert not fragility(read(Finding.INCONCLUSIVE, evidence=(quote(1),)))


def test_fragile_claims_can_be_listed_and_old_ones_are_looked_at_on_opening(workspace):
    archive = workspace.archive
    archive.append(ran(Finding.SUPPORTED, 0.98), kind=Kind.EMPIRICAL)
    assert archive.claim_ids(ClaimFilter(is_fragile=True)) == ["C03"]

    with workspace.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE claim SET is_fragile = NULL")
    archive.find_fragile()

    assert archive.claim_ids(ClaimFilter(is_fragile=True)) == ["C03"]
