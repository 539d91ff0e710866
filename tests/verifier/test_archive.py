from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from verifier.archive import ClaimFilter
from verifier.claim import Claim, InputError, Reference, Report, ReportedClaim
from verifier.document import Document
from verifier.verdict import (
    Assessment,
    Certainty,
    CheckKind,
    Concern,
    Estimate,
    Evidence,
    Finding,
    Kind,
    Reason,
    Status,
    Witness,
)


@pytest.fixture
def workspace(workspace_on_either):
    return workspace_on_either


def claim(claim_id: str, statement: str, **more) -> Claim:
    return Claim(
        **{"id": claim_id, "statement": statement, "kind": Kind.EMPIRICAL, "origin": "imported"}
        | more
    )


def report(text_: str, *statements: str) -> Report:
    return Report(
        title="A report",
        text=text_,
        format="csv",
        claims=tuple(
            ReportedClaim(statement=s, position=n, line=n + 1, verified=False, confidence=0.1)
            for n, s in enumerate(statements, start=1)
        ),
        references=(Reference(url="http://arxiv.org/abs/2605.12241v1", arxiv_id="2605.12241"),),
    )


def said(claim_id: str, finding: Finding, **more) -> Assessment:
    settings = {"witness": Witness.EXPERIMENT, "reason": "because", "basis": finding.value}
    return Assessment(claim_id=claim_id, finding=finding, **(settings | more))


@pytest.fixture
def archive(workspace):
    return workspace.archive


@pytest.fixture
def imported(archive):
    """Two new claims and one bundled claim, in one report."""
    fresh = [claim("X-1", "Depth is 100% of it."), claim("X-2", "Width matters_not.")]
    report_id = archive.put_report(
        report("the text", "Depth is 100% of it.", "Width matters_not.", "CPC wins."),
        name="r.csv",
        new_claims=fresh,
        links={1: ("X-1", None), 2: ("X-2", None), 3: ("C04", 88.0)},
    )
    return report_id


def found(archive, **wanted) -> list[str]:
    return [summary.claim.id for summary in archive.claims(ClaimFilter(**wanted)).claims]


def test_a_new_database_lists_the_bundled_claims_unchecked(archive):
    page = archive.claims()
    assert page.n_found == 18
    assert {summary.verdict.status for summary in page.claims} == {Status.UNCHECKED}
    assert archive.counts()[Status.UNCHECKED] == 18


def test_what_a_report_said_stands_beside_the_claim(archive, imported):
    (mention,) = archive.claim("C04").mentions
    assert (mention.statement, mention.confidence, mention.match_score) == ("CPC wins.", 0.1, 88.0)
    assert mention.report_id == imported


def test_the_same_text_imported_again_adds_nothing(archive, imported):
    again = archive.put_report(report("the text", "?"), name="r.csv", new_claims=[], links={})
    assert again == imported
    assert len(archive.reports()) == 1
    assert archive.claims().n_found == 20
    assert len(archive.references(imported)) == 1


def test_a_report_that_cannot_be_stored_whole_is_not_stored(archive):
    with pytest.raises(IntegrityError):
        archive.put_report(
            report("other", "A.", "B."),
            name="r.csv",
            new_claims=[claim("X-9", "A.")],
            links={1: ("X-9", None), 2: ("no such claim", 90.0)},
        )
    assert archive.reports() == []
    assert archive.claim("X-9") is None


def test_claims_are_found_by_words_in_any_order_with_wildcards_literal(archive, imported):
    assert found(archive, words="of depth") == ["X-1"]
    assert found(archive, words="100%") == ["X-1"]
    assert found(archive, words="matters_") == ["X-2"]
    assert found(archive, words="wins CPC") == ["C04"], "the report's wording counts too"
    assert found(archive, words="zebra") == []


def test_claims_are_filtered_by_report_kind_status_and_finding(archive, imported):
    archive.append(said("X-1", Finding.CONTRADICTED), kind=Kind.EMPIRICAL)
    assert found(archive, report_id=imported) == ["C04", "X-1", "X-2"]
    assert found(archive, statuses=[Status.REFUTED]) == ["X-1"]
    assert found(archive, findings=[Finding.CONTRADICTED]) == ["X-1"]
    assert "X-1" not in found(archive, statuses=[Status.UNCHECKED])
    assert "C01" not in found(archive, kinds=[Kind.EMPIRICAL])


def test_a_page_is_cut_by_the_database_and_knows_the_whole(archive):
    page = archive.claims(ClaimFilter(sort="position"), limit=5, offset=15)
    assert [s.claim.id for s in page.claims] == ["C16", "RQ-A", "RQ-B"]
    assert page.n_found == 18


@pytest.mark.parametrize("descending", [False, True])
def test_claims_without_a_confidence_come_last_either_way(archive, descending):
    for claim_id, confidence in (("C03", 0.99), ("C05", 0.97)):
        archive.append(
            said(claim_id, Finding.SUPPORTED, confidence=confidence), kind=Kind.EMPIRICAL
        )
    first, second, third, *_ = found(archive, sort="confidence", descending=descending)
    assert [first, second] == (["C03", "C05"] if descending else ["C05", "C03"])
    assert third == "C01"


def test_an_unknown_order_is_refused_by_name(archive):
    with pytest.raises(InputError, match=r"Cannot sort by 'mood'\. Known: position"):
        archive.claims(ClaimFilter(sort="mood"))


def test_an_assessment_comes_back_as_it_was_said(archive):
    (document,) = archive.put_documents(
        [Document(key="arxiv:1", title="T", text="A quote.", source="file")]
    )
    whole = Assessment(
        claim_id="C03",
        witness=Witness.LITERATURE,
        finding=Finding.SUPPORTED,
        reason="it says so",
        confidence=0.91,
        certainty=Certainty.LOW,
        reasons=(Reason(concern=Concern.INDIRECTNESS, text="an abstract", levels=2),),
        kind=CheckKind.SOURCE_CHECK,
        scope="one abstract",
        command="python -m verifier verify C03",
        basis="b",
        estimates=(Estimate(name="a − b", value=0.1, low=0.0, high=0.2, n=3, n_counts="seeds"),),
        evidence=(
            Evidence(
                document_id=document.id,
                start=0,
                end=8,
                quote="A quote.",
                score=0.7,
                stance=Finding.SUPPORTED,
                is_primary=True,
            ),
        ),
        conformity=({"says": "four", "expected": 4, "found": [1, 2], "holds": False},),
        protocol_id="C03",
        protocol_hash="h",
    )
    archive.append(whole, kind=Kind.EMPIRICAL)
    assert archive.latest("C03", Witness.LITERATURE).assessment == whole


def test_saying_the_same_on_the_same_basis_adds_no_history(archive):
    first = archive.append(said("C03", Finding.SUPPORTED), kind=Kind.EMPIRICAL)
    assert archive.append(said("C03", Finding.SUPPORTED), kind=Kind.EMPIRICAL) == first
    assert len(archive.verdicts("C03")) == 1


def test_a_new_finding_leaves_the_old_one_in_the_history(archive):
    archive.append(said("C03", Finding.SUPPORTED), kind=Kind.EMPIRICAL)
    archive.append(said("C03", Finding.CONTRADICTED), kind=Kind.EMPIRICAL)
    assert [v.verdict.status for v in archive.verdicts("C03")] == [
        Status.REFUTED,
        Status.SUPPORTED,
    ]
    assert len(archive.assessments("C03")) == 2


def test_a_person_overrules_with_a_reason_and_both_stay(archive):
    archive.append(said("C03", Finding.SUPPORTED), kind=Kind.EMPIRICAL)
    archive.overrule("C03", status=Status.CONTESTED, author="Ada", reason="Their test leaks.")
    newest, before = archive.verdicts("C03")
    assert (newest.author, newest.reason) == ("Ada", "Their test leaks.")
    assert before.verdict.status is Status.SUPPORTED
    assert archive.claim("C03").verdict.status is Status.CONTESTED


def test_overruling_needs_a_reason(archive):
    with pytest.raises(InputError, match="needs a name and a reason"):
        archive.overrule("C03", status=Status.REFUTED, author="Ada", reason="  ")


@pytest.mark.parametrize("table", ["assessment", "verdict"])
@pytest.mark.parametrize("change", ["UPDATE {} SET claim_id = 'C01'", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_history(archive, table, change):
    archive.append(said("C03", Finding.SUPPORTED), kind=Kind.EMPIRICAL)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        archive.database.writing() as session,
    ):
        session.execute(text(change.format(table)))


def test_a_document_stored_twice_is_one_and_a_new_text_is_a_new_one(archive):
    first = Document(key="arxiv:1", title="T", text="old", source="file")
    (a,) = archive.put_documents([first])
    (b,) = archive.put_documents([first])
    (c,) = archive.put_documents([replace(first, text="new")])
    assert a.id == b.id != c.id
    assert [d.text for d in archive.documents()] == ["new"]
    assert archive.document(a.id).text == "old", "evidence may still point at it"


def test_a_protocol_chosen_by_a_person_survives_the_next_start(archive, workspace):
    from verifier.workspace import open_workspace

    archive.choose_protocol("C03", None)
    again = open_workspace()
    assert again.archive.claim("C03").claim.protocol_id is None
    again.database.close()


def test_ids_are_found_in_any_case(archive):
    assert archive.claim("rq-a").claim.id == "RQ-A"
    assert archive.claim("C99") is None


def test_a_question_put_to_a_source_is_remembered(archive):
    assert archive.searched_at("arxiv", "ecg") is None
    archive.put_search("arxiv", "ecg", n_found=3)
    assert archive.searched_at("arxiv", "ecg") is not None
