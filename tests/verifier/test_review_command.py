"""The quality review of the report that came to us, as a person asks for it."""

import json

import pytest

from tests.verifier.literature_server import played
from verifier import llm
from verifier.__main__ import main


@pytest.fixture
def imported(workspace, shared, capsys):
    report = shared / "seed" / "report.txt"
    assert main(["import", str(report)]) == 0
    capsys.readouterr()
    return report


def test_a_report_is_reviewed_by_number_or_by_its_file(imported, capsys):
    assert main(["review", str(imported), "--json"]) == 0
    by_file = json.loads(capsys.readouterr().out)
    assert main(["review", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == by_file
    assert len(by_file["reviewers"]) >= 8
    assert 0 < by_file["mean"] < 10


def test_a_report_is_known_again_by_a_file_of_any_encoding_and_line_ends(
    workspace, tmp_path, capsys
):
    report = tmp_path / "report.csv"
    report.write_bytes(b"\xef\xbb\xbfClaim;Verified\r\nS4 is new.;yes\r\n")
    assert main(["import", str(report)]) == 0
    assert main(["review", str(report)]) == 0, capsys.readouterr().err


def test_it_says_of_the_report_what_is_wrong_with_it(imported, capsys):
    assert main(["review", "1"]) == 0
    words = capsys.readouterr().out
    assert "3 of 16 papers it says it rests on are in its references" in words
    assert "16 papers said, 3 there" in words
    assert "10 of 16 claims are whole" in words
    assert "multimodal" in words, "a word of its question that no claim takes up"
    assert "No source was asked whether a paper was withdrawn." in words


def test_what_was_not_imported_is_said_with_what_to_do(workspace, tmp_path, capsys):
    other = tmp_path / "other.txt"
    other.write_text("another report")
    assert main(["review", str(other)]) == 2
    assert "was not imported yet" in capsys.readouterr().err
    assert main(["review", "99"]) == 2


def test_a_language_models_opinion_stands_apart_and_must_quote(imported, capsys, monkeypatch):
    assert main(["review", "1", "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    said = {
        "score": 3,
        "faults": [
            {"quote": "1 was independently verified", "fault": "Too few.", "remedy": "Read."},
            {"quote": "every claim was verified twice", "fault": "Untrue.", "remedy": "No."},
        ],
    }
    with played() as server:
        server.answers["/llm"] = lambda asked: {
            "choices": [{"message": {"content": json.dumps(said)}}]
        }
        monkeypatch.setenv("VERIFIER_LLM_URL", f"{server.url}/llm/v1")
        monkeypatch.setenv("VERIFIER_LLM_MODEL", "tiny-1")
        assert main(["review", "1", "--model", "--json"]) == 0
    llm.door_to.cache_clear()
    found = json.loads(capsys.readouterr().out)
    assert found["mean"] == alone["mean"]
    assert [fault["fault"] for fault in found["model"]["faults"]] == ["Too few."]
    assert (found["model"]["score"], found["model"]["n_refused"]) == (3, 1)


def test_without_a_model_asking_one_is_wrong_input(imported, capsys):
    assert main(["review", "1", "--model"]) == 2
    assert "VERIFIER_LLM_URL and VERIFIER_LLM_MODEL not set" in capsys.readouterr().err
