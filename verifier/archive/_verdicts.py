"""What witnesses and people said of claims: appended, never changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import queries, standing
from db.tables.claims import ClaimRow
from db.tables.literature import DocumentRemovalRow, DocumentRow
from db.tables.verdicts import AssessmentRow, VerdictRow
from verifier.archive import assessment_rows
from verifier.archive._claims import Claims
from verifier.archive.document_rows import check_quote
from verifier.archive.stored import DECIDED, OVERRULED, WITHDRAWN, StoredAssessment, StoredVerdict
from verifier.claim import InputError
from verifier.fragility import fragility
from verifier.verdict import Assessment, Kind, Status, Verdict, Witness, verdict

OURSELVES = "replicheck"


class RemovedMeanwhile(RuntimeError):  # noqa: N818 - what happened, not what went wrong
    """What was read is no longer there to be quoted: it is to be read again without it."""


class Verdicts(Claims):
    def append(
        self, assessment: Assessment, *, kind: Kind, verification_id: int | None = None
    ) -> int:
        """Append an assessment, and the verdict that follows where it is a new one, together.

        Where the newest assessment by this witness rests on the same basis, nothing is new and
        nothing is written; the id of that assessment is returned.

        Raises:
            ValueError: a quote is not at its place in its document; nothing is written then.
            RemovedMeanwhile: it quotes a document that was removed; nothing is written either.
        """
        with self.database.writing() as session:
            latest = _latest(session, assessment.claim_id, assessment.witness)
            if latest is not None and latest.basis == assessment.basis:
                return latest.id
            _check_quotes(session, assessment)
            row = assessment_rows.assessment_row(
                assessment, verification_id=verification_id, at=self.clock()
            )
            session.add(row)
            session.flush()
            session.add_all(assessment_rows.detail_rows(assessment, assessment_id=row.id))
            session.flush()
            self._append_verdict(session, assessment.claim_id, kind)
            return row.id

    def _append_verdict(self, session: Session, claim_id: str, kind: Kind) -> None:
        """Ours goes on in the history, also while a person's stands."""
        rows = {witness: _latest(session, claim_id, witness) for witness in Witness}
        said = {
            witness: None if row is None else assessment_rows.assessment(session, row).assessment
            for witness, row in rows.items()
        }
        decided = verdict(kind, said[Witness.LITERATURE], said[Witness.EXPERIMENT])
        newest = session.scalar(
            select(VerdictRow)
            .where(VerdictRow.claim_id == claim_id, VerdictRow.act == DECIDED)
            .order_by(VerdictRow.id.desc())
            .limit(1)
        )
        if newest is None or assessment_rows.stored_verdict(newest).verdict != decided:
            self._add_verdict(session, claim_id, decided, author=OURSELVES)
        standing.restate(session, claim_id)
        row = session.get_one(ClaimRow, claim_id)
        row.is_fragile = any(fragility(one) for one in said.values() if one is not None)

    def _add_verdict(
        self,
        session: Session,
        claim_id: str,
        found: Verdict,
        *,
        author: str,
        reason: str = "",
        act: str = DECIDED,
    ) -> None:
        session.add(
            assessment_rows.verdict_row(
                claim_id,
                found,
                literature=_latest(session, claim_id, Witness.LITERATURE),
                experiment=_latest(session, claim_id, Witness.EXPERIMENT),
                author=author,
                at=self.clock(),
                reason=reason,
                act=act,
            )
        )

    def overrule(self, claim_id: str, *, status: Status, author: str, reason: str) -> None:
        """A person's status, with a reason. It stands until withdrawn; the history keeps both."""
        if not reason.strip() or not author.strip():
            raise InputError("Overruling a verdict needs a name and a reason; one was empty.")
        with self.database.writing() as session:
            self._add_verdict(
                session,
                claim_id,
                Verdict(status=status, confidence=None, rests_on=None),
                author=author.strip(),
                reason=reason.strip(),
                act=OVERRULED,
            )
            standing.restate(session, claim_id)

    def withdraw(self, claim_id: str, *, author: str, reason: str) -> None:
        """End a person's overruling: what the witnesses come to is shown again.

        Raises:
            InputError: no overruling stands, or the name or the reason is empty.
        """
        if not reason.strip() or not author.strip():
            raise InputError("Withdrawing an overruling needs a name and a reason.")
        summary = self.claim(claim_id)
        if summary is None or summary.overruling is None:
            raise InputError(f"No overruling of claim {claim_id!r} stands.")
        with self.database.writing() as session:
            self._add_verdict(
                session,
                claim_id,
                summary.decided,
                author=author.strip(),
                reason=reason.strip(),
                act=WITHDRAWN,
            )
            standing.restate(session, claim_id)

    def find_fragile(self) -> None:
        """Look whether claims decided before anybody asked are fragile; nothing where all are."""
        with self.database.writing() as session:
            unknown = select(ClaimRow).where(
                ClaimRow.decided_id.is_not(None), ClaimRow.is_fragile.is_(None)
            )
            for row in session.scalars(unknown):
                said = [_latest(session, row.id, witness) for witness in Witness]
                row.is_fragile = any(
                    fragility(assessment_rows.assessment(session, one).assessment)
                    for one in said
                    if one
                )

    def assessments(self, claim_id: str) -> list[StoredAssessment]:
        """Everything ever said about a claim, newest first."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(AssessmentRow)
                .where(AssessmentRow.claim_id == claim_id)
                .order_by(AssessmentRow.id.desc())
            ).all()
            return [assessment_rows.assessment(session, row) for row in rows]

    def latest(self, claim_id: str, witness: Witness) -> StoredAssessment | None:
        with self.database.reading() as session:
            row = _latest(session, claim_id, witness)
            return None if row is None else assessment_rows.assessment(session, row)

    def verdicts(self, claim_id: str) -> list[StoredVerdict]:
        """The status over time, newest first."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(VerdictRow)
                .where(VerdictRow.claim_id == claim_id)
                .order_by(VerdictRow.id.desc())
            )
            return [assessment_rows.stored_verdict(row) for row in rows]


def _check_quotes(session: Session, assessment: Assessment) -> None:
    quoted = [found.document_id for found in assessment.evidence]
    removed = queries.standing_removals().where(DocumentRemovalRow.document_id.in_(quoted))
    if (gone := session.scalar(removed)) is not None:
        raise RemovedMeanwhile(f"Document {gone.document_id} was removed while it was read.")
    for found in assessment.evidence:
        check_quote(session.get(DocumentRow, found.document_id), found)


def _latest(session: Session, claim_id: str, witness: Witness) -> AssessmentRow | None:
    return session.scalar(
        select(AssessmentRow)
        .where(AssessmentRow.claim_id == claim_id, AssessmentRow.witness == witness.value)
        .order_by(AssessmentRow.id.desc())
        .limit(1)
    )
