"""Imported reports, with the claims they make and the papers they refer to."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from db.tables.claims import ClaimRow, MentionRow, ReferenceRow, ReportRow
from verifier.archive import claim_rows
from verifier.archive._part import Part, text_digest
from verifier.archive.stored import StoredReport
from verifier.claim import Claim, Reference, Report


class Reports(Part):
    def put_report(
        self,
        report: Report,
        *,
        name: str,
        new_claims: Sequence[Claim],
        links: Mapping[int, tuple[str, float | None]],
    ) -> int:
        """Store a report with its claims and references in one transaction.

        `links` says, by position in the report, which claim each reported claim is, and how well
        it matched. A report that is already there (same text) is returned, not doubled.
        """
        digest = text_digest(report.text)
        with self.database.writing() as session:
            known = session.scalar(select(ReportRow.id).where(ReportRow.sha256 == digest))
            if known is not None:
                return known
            position = session.scalar(select(func.max(ClaimRow.position))) or 0
            for place, claim in enumerate(new_claims, start=position + 1):
                session.add(claim_rows.claim_row(claim, position=place, at=self.clock()))
            row = claim_rows.report_row(report, name=name, sha256=digest, at=self.clock())
            session.add(row)
            session.flush()
            session.add_all(claim_rows.reference_rows(report, report_id=row.id))
            session.add_all(claim_rows.mention_rows(report, report_id=row.id, links=links))
            return row.id

    def report_id(self, text: str) -> int | None:
        """The id of the report with exactly this text, if it was imported before."""
        with self.database.reading() as session:
            return session.scalar(select(ReportRow.id).where(ReportRow.sha256 == text_digest(text)))

    def reports(self) -> list[StoredReport]:
        with self.database.reading() as session:
            counted = (
                select(MentionRow.report_id, func.count().label("n"))
                .group_by(MentionRow.report_id)
                .subquery()
            )
            rows = session.execute(
                select(ReportRow, func.coalesce(counted.c.n, 0))
                .outerjoin(counted, counted.c.report_id == ReportRow.id)
                .order_by(ReportRow.id)
            )
            return [claim_rows.stored_report(row[0], row[1]) for row in rows]

    def report_titles(self) -> dict[int, str]:
        """Titles by id, without the texts, in order of arrival."""
        with self.database.reading() as session:
            rows = session.execute(select(ReportRow.id, ReportRow.title).order_by(ReportRow.id))
            return {row.id: row.title for row in rows}

    def report(self, report_id: int) -> StoredReport | None:
        return next((r for r in self.reports() if r.id == report_id), None)

    def references(self, report_id: int) -> list[Reference]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(ReferenceRow)
                .where(ReferenceRow.report_id == report_id)
                .order_by(ReferenceRow.position)
            )
            return [claim_rows.reference(row) for row in rows]
