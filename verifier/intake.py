"""How a file becomes stored claims or documents: read, matched, shown, and only then stored."""

from dataclasses import dataclass
from hashlib import sha256

from verifier import importers
from verifier.access import Role
from verifier.claim import Claim, InputError, Report, ReportedClaim
from verifier.document import Document
from verifier.literature import fulltext
from verifier.matching import Match, best_match
from verifier.nearest import Known
from verifier.protocol import bundled
from verifier.verdict import Kind
from verifier.workspace import Workspace

NEAR = 50.0  # of 100: less alike, two sentences have only common words in common


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What importing will do with one reported claim: link it, or make a new one."""

    reported: ReportedClaim
    claim_id: str
    statement: str  # of the claim it becomes a mention of
    is_new: bool
    score: float | None  # 0..100, how well it matched; None: nothing to compare with
    protocol_id: str | None
    protocol_score: float | None
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Intake:
    """A file, read and matched, with nothing stored yet."""

    report: Report
    name: str
    known_report_id: int | None  # the same text was imported before
    decisions: tuple[Decision, ...]


def preview(workspace: Workspace, data: bytes, *, name: str, format: str | None = None) -> Intake:
    """Read a report and say what would become of each claim.

    Raises:
        InputError: the line, what was found, what is allowed.
    """
    report = importers.read(data, name=name, format=format)
    known, tested = Known(workspace.archive.statements()), testable()
    decisions: list[Decision] = []
    for said in report.claims:
        decision = decide(said, known, tested)
        known.add(decision.claim_id, decision.statement)
        decisions.append(decision)
    return Intake(
        report=report,
        name=name,
        known_report_id=workspace.archive.report_id(report.text),
        decisions=tuple(decisions),
    )


def decide(said: ReportedClaim, known: Known, tested: Known) -> Decision:
    """Whether it is one of the known claims or a new one; `tested` are those with a protocol."""
    match = best_match(said.statement, known)
    if match is not None and match.is_same:
        claim_id, statement, is_new = match.id, known[match.id], False
    else:
        claim_id, statement, is_new = new_id(said.statement), said.statement, True
    protocol = _protocol_for(claim_id, said.statement, tested)
    return Decision(
        reported=said,
        claim_id=claim_id,
        statement=statement,
        is_new=is_new,
        score=None if match is None else match.score,
        protocol_id=None if protocol is None or not protocol.is_same else protocol.id,
        protocol_score=None if protocol is None else protocol.score,
        remarks=_remarks(said, match, is_new=is_new),
    )


def testable() -> Known:
    """The claims that a protocol tests, by id."""
    entries = (entry.claim for entry in bundled().values())
    return Known({claim.id: claim.statement for claim in entries if claim.protocol_id is not None})


def _protocol_for(claim_id: str, statement: str, tested: Known) -> Match | None:
    """A protocol is only taken when its claim is the same one; a near one is a person's choice."""
    if claim_id in tested:
        return best_match(statement, {claim_id: tested[claim_id]})
    return best_match(statement, tested)


def _remarks(said: ReportedClaim, match: Match | None, *, is_new: bool) -> tuple[str, ...]:
    remarks = [*(["cut off in the report"] if said.is_cut else []), *said.remarks]
    if is_new and match is not None and match.conflicts and match.score >= NEAR:
        remarks.append(f"near {match.id}, but: {'; '.join(match.conflicts)}")
    return tuple(remarks)


def new_id(statement: str) -> str:
    """An id that the statement alone decides, so that one claim never gets two."""
    return f"X-{sha256(statement.casefold().encode()).hexdigest()[:8]}"


def store(workspace: Workspace, intake: Intake) -> int:
    """Store what a preview showed, all of it or nothing; returns the report's id.

    A report whose text is already there is not stored again.
    """
    workspace.access.require(Role.OPERATOR, to="import a report")
    fresh: dict[str, Claim] = {}
    for decision in intake.decisions:
        if decision.is_new and decision.claim_id not in fresh:
            fresh[decision.claim_id] = _new_claim(decision)
    known = workspace.archive.statements()
    links = {
        decision.reported.position: (decision.claim_id, decision.score)
        for decision in intake.decisions
    }
    return workspace.archive.put_report(
        intake.report,
        name=intake.name,
        new_claims=[claim for claim in fresh.values() if claim.id not in known],
        links=links,
    )


def _new_claim(decision: Decision) -> Claim:
    return Claim(
        id=decision.claim_id,
        statement=decision.statement,
        kind=Kind.EMPIRICAL,  # nobody has said; the stricter kind, which needs both witnesses
        origin="imported",
        protocol_id=decision.protocol_id,
        protocol_score=decision.protocol_score,
        is_cut=decision.reported.is_cut,
    )


def add_documents(workspace: Workspace, data: bytes, *, name: str) -> list[Document]:
    """Read a file and store its documents; one that was removed is read again.

    Raises:
        InputError: what is wrong with the file; nothing of it is stored.
    """
    person = workspace.access.require(Role.OPERATOR, to="add documents")
    found = fulltext.read(data, name)
    if not found.documents:
        why = "; ".join(found.left_out) or "it is empty"
        raise InputError(f"{name}: no document in it can be quoted: {why}.")
    stored = workspace.archive.put_documents(found.documents)
    workspace.removals.give_back(stored, author=person.name)
    return stored
