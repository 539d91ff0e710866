"""Machines whose own clocks differ write to one server: all that is stamped is stamped by it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db.clock import ServerClock
from db.tables import Table
from db.tables.ground import UtcDateTime
from tests.verifier.test_removing import added, quoting
from verifier import extracting, intake, verify
from verifier.verdict import Kind, Status
from verifier.workspace import open_workspace

SERVERS = datetime(2031, 5, 1, 12, tzinfo=UTC)  # no machine that runs this test has that time
AT = {
    *("report.imported_at", "claim.created_at", "claim.checked_at", "claim.protocol_chosen_at"),
    *("document.added_at", "document_removal.at", "search.at", "retraction_check.at"),
    *("candidate.found_at", "candidate.decided_at", "assessment.at", "verdict.at", "review.at"),
    *("saved_view.created_at", "visit.seen_at", "verification.requested_at"),
}


@pytest.fixture
def workspace(postgresql, monkeypatch):
    monkeypatch.setattr(ServerClock, "__call__", lambda self: SERVERS)
    monkeypatch.setenv("VERIFIER_DATABASE_URL", postgresql.migrated())
    opened = open_workspace()
    yield opened
    opened.database.close()


def use_everything(workspace) -> None:
    """What people, searches and workers leave behind."""
    report = b"claim\nWhales sing in the deep sea.\n"
    intake.store(workspace, intake.preview(workspace, report, name="a.csv"))
    document = added(workspace)
    workspace.archive.append(quoting(document), kind=Kind.EMPIRICAL)
    workspace.archive.overrule("C03", status=Status.REFUTED, author="Ada", reason="I know.")
    workspace.archive.withdraw("C03", author="Ada", reason="I do not.")
    workspace.archive.choose_protocol("C07", "C03")
    workspace.archive.put_search("arxiv", "ecg", n_found=0)
    workspace.archive.put_retraction_check("doi:10.1/x", "crossref", "")
    workspace.people.judge("C03", status=Status.REFUTED, reviewer="Ben", reason="So it is.")
    workspace.people.save_view("claims", "mine", "?q=x", author="Ben")
    workspace.people.arrive("Ben")
    candidate = extracting.extract(workspace, document).candidates[0]
    extracting.accept(workspace, candidate.id, author="Ben")
    workspace.removals.remove(document.id, author="Ben", reason="wrong file")
    verify.request(workspace, ["C03"], preset="quick", data="synthetic")


def stamps(workspace) -> dict[str, list[datetime]]:
    """Every moment that is stored, by the column it stands in."""
    found: dict[str, list[datetime]] = {}
    with workspace.database.reading() as session:
        for table in Table.metadata.tables.values():
            for column in table.columns:
                if isinstance(column.type, UtcDateTime):
                    rows = session.scalars(select(column).where(column.is_not(None))).all()
                    if rows:
                        found[f"{table.name}.{column.name}"] = list(rows)
    return found


def test_whatever_is_stored_on_a_server_is_stamped_by_its_clock(workspace):
    use_everything(workspace)
    found = stamps(workspace)
    assert set(found) >= AT, "what this test is about was stored"
    for column, moments in found.items():
        for moment in moments:
            assert abs(moment - SERVERS) < timedelta(hours=1), column
