"""A sound database passes every question; damage is found by the question it breaks."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from db.soundness import QUESTIONS, examine
from tests.verifier.made import request
from verifier.document import Document
from verifier.verdict import Assessment, Evidence, Finding, Kind, Witness

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)


@pytest.fixture
def lived_in(workspace_on_either):
    """A workspace with a quoted document, a judged claim and a finished run."""
    workspace = workspace_on_either
    paper = Document(key="k", title="T", text="We find that naïve CPC wins.", source="file")
    (stored,) = workspace.archive.put_documents([paper])
    quote = "naïve CPC wins"
    start = paper.text.index(quote)
    evidence = Evidence(
        document_id=stored.id, start=start, end=start + len(quote), quote=quote, score=1.0
    )
    said = Assessment(
        claim_id="C03",
        witness=Witness.LITERATURE,
        finding=Finding.SUPPORTED,
        reason="r",
        evidence=(evidence,),
    )
    workspace.archive.append(said, kind=Kind.EMPIRICAL)
    workspace.queue.enqueue([request("f")], actor="test")
    run = workspace.queue.claim("w")
    measured = {"measurements": [{"name": "macro_auroc", "value": 0.8}], "schema": 1}
    assert workspace.queue.succeed(run, result=measured, predictions=b"npz")
    return workspace


def wrong(workspace) -> dict[str, list[str]]:
    return {asked: found for asked, found in examine(workspace.database).items() if found}


def test_a_database_that_was_used_is_sound(lived_in):
    assert wrong(lived_in) == {}


DAMAGE = {
    "claims stand where their history says": "UPDATE claim SET status = 'refuted' WHERE id = 'C03'",
    "quotes are found where they are said to be": "UPDATE document SET text = 'x' || text",
    "texts are those that came in": "UPDATE document SET text = text || '.'",
    "runs are in a state that can be": "UPDATE run SET owner = 'somebody'",
    "results are whole": "DELETE FROM measurement",
}


@pytest.mark.parametrize("asked", DAMAGE)
def test_damage_is_found_by_the_question_that_it_breaks(lived_in, asked):
    with lived_in.database.writing() as session:
        session.execute(text(DAMAGE[asked]))
    assert len(wrong(lived_in)[asked]) == 1


def test_scores_that_changed_are_found(lived_in):
    with lived_in.database.writing() as session:
        session.execute(text("UPDATE predictions SET payload = :other"), {"other": b"other"})
    assert wrong(lived_in) == {
        "results are whole": ["the scores of run 1 are not those that were stored"]
    }


def test_a_result_that_names_other_scores_is_found(lived_in):
    with lived_in.database.writing() as session:
        session.execute(text('UPDATE run SET result = \'{"predictions_sha256": "0"}\''))
    assert wrong(lived_in) == {
        "results are whole": ["the scores of run 1 are not those its result names"]
    }


def test_a_run_that_succeeded_without_a_result_is_found(lived_in):
    with lived_in.database.writing() as session:
        session.execute(text("UPDATE run SET result = 'null'"))
    assert "runs are in a state that can be" in wrong(lived_in)


def test_a_verdict_that_rests_on_another_claim_is_found(lived_in):
    with lived_in.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO verdict (claim_id, at, status, literature_id, author, reason) "
                "SELECT 'C04', at, status, literature_id, author, '' FROM verdict"
            )
        )
    assert wrong(lived_in)["verdicts rest on assessments of their claim"] == [
        "verdict 2 rests on assessment 1, of another kind"
    ]


def test_a_claim_missing_from_the_search_index_is_found(workspace):
    with workspace.database.writing() as session:
        session.execute(text("DELETE FROM claim_search WHERE id = 'C03'"))
    assert wrong(workspace) == {"the search index is complete": ["C03 is not in the search index"]}


def test_a_reference_that_leads_nowhere_is_found(workspace):
    with workspace.database.writer.connect() as connection:
        driver = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            text(
                "INSERT INTO run_event (run_id, attempt, at, actor, kind, detail) "
                "VALUES (99, 1, '2026-01-01 00:00:00', 'a', 'queued', '')"
            )
        )
        connection.commit()
        driver.execute("PRAGMA foreign_keys=ON")
    assert wrong(workspace) == {
        "references lead somewhere": ["run_event, row 1: no such run"],
    }


def test_a_damaged_file_is_found(workspace, tmp_path):
    with workspace.database.writing() as session:
        session.execute(text("PRAGMA writable_schema = ON"))
        session.execute(text("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'ix_claim_topic'"))
    workspace.database.close()
    assert wrong(workspace)["the file is sound"]


def test_looking_changes_nothing_and_locks_nobody_out(lived_in):
    with lived_in.database.writing() as session:
        session.execute(text("UPDATE claim SET topic = 'unseen' WHERE id = 'C03'"))
        assert set(examine(lived_in.database)) == set(QUESTIONS)
