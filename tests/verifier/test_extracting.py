import json

import pytest

from tests.verifier.literature_server import played
from verifier import extracting, llm
from verifier.__main__ import main
from verifier.claim import InputError
from verifier.document import Document
from verifier.literature.extraction import Found
from verifier.verdict import Kind

TEXT = (
    "ECG models are rarely compared. We find that S4 outperforms CNNs by 0.5 points. "
    "The stem consists of four convolutional layers and 512 dimensions."
)


@pytest.fixture
def document(workspace):
    (stored,) = workspace.archive.put_documents(
        [Document(key="arxiv:2605.12241", title="The study", text=TEXT, source="arxiv")]
    )
    return stored


@pytest.fixture
def first(workspace, document):
    return extracting.extract(workspace, document).candidates[0]


def test_candidates_wait_for_a_person(workspace, document, first):
    assert (first.state, first.claim_id, first.decided_by) == ("candidate", None, "")
    assert first.quote == "We find that S4 outperforms CNNs by 0.5 points."
    assert first.statement == "S4 outperforms CNNs by 0.5 points."
    assert first.statement not in workspace.archive.statements().values()


def test_an_accepted_one_becomes_a_claim_about_its_study(workspace, first):
    claim_id = extracting.accept(workspace, first.id, author="Anna")
    claim = workspace.archive.claim(claim_id).claim
    assert (claim.statement, claim.study, claim.kind) == (
        first.statement,
        "2605.12241",
        Kind.EMPIRICAL,
    )
    decided = workspace.candidates.get(first.id)
    assert (decided.state, decided.decided_by, decided.claim_id) == ("accepted", "Anna", claim_id)


def test_a_persons_wording_is_taken_and_the_papers_own_stays(workspace, first):
    claim_id = extracting.accept(
        workspace, first.id, author="Anna", statement="S4 beats CNNs on ECG."
    )
    assert workspace.archive.claim(claim_id).claim.statement == "S4 beats CNNs on ECG."
    assert workspace.candidates.get(first.id).quote == first.quote


def test_a_claim_that_is_known_is_linked_not_doubled(workspace, document, first):
    known = workspace.archive.statements()["C10"]
    assert extracting.accept(workspace, first.id, author="Anna", statement=known) == "C10"
    assert list(workspace.archive.statements().values()).count(known) == 1


def test_rejecting_needs_a_reason_and_deciding_happens_once(workspace, first):
    with pytest.raises(InputError, match="needs a reason"):
        workspace.candidates.reject(first.id, author="Anna", reason=" ")
    with pytest.raises(InputError, match="needs a name"):
        extracting.accept(workspace, first.id, author="")
    workspace.candidates.reject(first.id, author="Anna", reason="an aim, not a finding")
    with pytest.raises(InputError, match="was rejected by Anna"):
        extracting.accept(workspace, first.id, author="Ben")


def test_extracting_again_changes_no_decision_and_doubles_nothing(workspace, document, first):
    workspace.candidates.reject(first.id, author="Anna", reason="no")
    again = extracting.extract(workspace, document).candidates
    assert [c.state for c in again if c.id == first.id] == ["rejected"]
    assert len({c.statement for c in again}) == len(again)


def test_a_quote_that_is_not_at_its_place_is_refused(workspace, document, first):
    moved = {f: getattr(first, f) for f in Found.__dataclass_fields__}
    with pytest.raises(ValueError, match="does not hold"):
        workspace.candidates.put(document.id, [Found(**{**moved, "start": first.start + 1})])
    with pytest.raises(ValueError, match="does not hold"):
        workspace.candidates.put(99, [Found(**moved)])


def proposal(sentence: str, statement: str, **more) -> dict:
    return {
        "sentence": sentence,
        "statement": statement,
        "kind": "comparison",
        "context_needed": "",
        **more,
    }


def test_what_a_language_model_proposes_must_be_found_in_the_text(workspace, document, monkeypatch):
    sentence = "We find that S4 outperforms CNNs by 0.5 points."
    said = {
        "claims": [
            proposal(sentence, "S4 beats CNNs by 0.5 points."),
            proposal("S4 outperforms every other model ever made.", "S4 beats all."),
            proposal(sentence, "S4 beats CNNs by 5 points."),
            proposal("S4", "S4 wins."),
        ]
    }
    with played() as server:
        server.answers["/llm"] = lambda asked: {
            "choices": [{"message": {"content": json.dumps(said)}}]
        }
        monkeypatch.setenv("VERIFIER_LLM_URL", f"{server.url}/llm/v1")
        monkeypatch.setenv("VERIFIER_LLM_MODEL", "tiny-1")
        done = extracting.extract(workspace, document)
    llm.door_to.cache_clear()
    assert (done.n_proposed, done.n_refused, done.trouble) == (1, 3, "")
    (proposed,) = [c for c in done.candidates if c.extractor == "tiny-1, prompt 1"]
    assert TEXT[proposed.start : proposed.end] == sentence
    assert proposed.state == "candidate"


def test_a_language_model_that_fails_costs_only_its_proposals(workspace, document, monkeypatch):
    monkeypatch.setenv("VERIFIER_LLM_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VERIFIER_LLM_MODEL", "tiny-1")
    done = extracting.extract(workspace, document)
    llm.door_to.cache_clear()
    assert done.n_by_rule == len(done.candidates) > 0
    assert "127.0.0.1 could not be reached" in done.trouble


def test_the_command_line_extracts_lists_accepts_and_rejects(workspace, document, capsys):
    assert main(["extract", "2605.12241", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    ids = [candidate["id"] for candidate in found["candidates"]]
    assert main(["candidates", "accept", str(ids[0]), "--by", "Anna"]) == 0
    assert "accepted X-" in capsys.readouterr().out
    assert main(["candidates", "reject", *map(str, ids[1:]), "--by", "Anna", "--reason", "no"]) == 0
    capsys.readouterr()
    assert main(["candidates", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["candidates", "reject", str(ids[0]), "--by", "Anna", "--reason", "no"]) == 2
    assert "was accepted by Anna" in capsys.readouterr().err
    assert main(["extract", "nowhere"]) == 2


def test_a_file_is_found_by_the_beginning_of_its_key_if_it_alone_has_it(workspace, capsys):
    keys = [f"file:{'a' * 10}{end * 54}" for end in "12"]
    (one, _) = workspace.archive.put_documents(
        Document(key=key, title="T", text=f"Text of {key}.", source="file") for key in keys
    )
    assert extracting.find_document(workspace, one.short_key[:-1]).id == one.id
    for wanted in ("file:aaaaaaaa", "aaaaaaaaaa", "file:", "aaaaaaaaaa3"):
        with pytest.raises(InputError, match="There is no document"):
            extracting.find_document(workspace, wanted)
    assert main(["documents", "list"]) == 0
    assert f"{one.short_key} " in capsys.readouterr().out


def test_a_title_alone_is_nothing_to_read(workspace, capsys):
    workspace.archive.put_documents(
        [Document(key="doi:10.1/x", title="A title", text="", source="crossref", doi="10.1/x")]
    )
    assert main(["extract", "10.1/x"]) == 1
    assert "nothing to read in it" in capsys.readouterr().out
