from datetime import timedelta

import pytest

from verifier.access import Access, Person, Refused, Role
from verifier.claim import InputError
from verifier.document import Document
from verifier.inquiries import Inquiries
from verifier.worker import Settings, Worker

TEXT = "ECG models are rarely compared. We find that S4 outperforms CNNs by 0.5 points."


@pytest.fixture
def workspace(workspace_on_either):
    return workspace_on_either


def test_a_worker_answers_what_a_page_asked(workspace):
    """The real child process, offline."""
    (paper,) = workspace.archive.put_documents(
        [Document(key="arxiv:1", title="T", text=TEXT, source="arxiv")]
    )
    asked = workspace.inquiries.request("extract", paper.key)
    worker = Worker(workspace, Settings(slots=1))
    worker.work(until=lambda: not workspace.inquiries.get(asked).is_open)
    found = workspace.inquiries.get(asked)
    assert (found.state, found.message) == ("finished", "candidates by rule: 1")
    assert [c.state for c in workspace.candidates.of(paper.id)] == ["candidate"]
    assert found.owner is None


def test_wrong_input_ends_an_inquiry_in_words(workspace):
    from verifier import inquiring

    asked = workspace.inquiries.request("extract", "nowhere")
    inquiry = workspace.inquiries.claim("test", id=asked)
    inquiring.answer(workspace, inquiry, door=None)
    found = workspace.inquiries.get(asked)
    assert found.state == "failed"
    assert "There is no document 'nowhere'" in found.message


def test_the_same_request_that_is_open_is_not_doubled(workspace):
    first = workspace.inquiries.request("search", "q", {"queries": ["a"]})
    assert workspace.inquiries.request("search", "q", {"queries": ["a"]}) == first
    assert workspace.inquiries.request("search", "q", {"queries": ["b"]}) != first


def test_one_process_tends_an_inquiry_and_a_silent_one_loses_it(workspace, clock):
    inquiries = Inquiries(workspace.database, clock=clock)
    asked = inquiries.request("search", "q", {})
    first = inquiries.claim("first")
    assert (first.id, first.state) == (asked, "running")
    assert inquiries.claim("second") is None
    assert inquiries.claim("second", id=asked) is None
    clock.advance(timedelta(minutes=5).total_seconds())
    second = inquiries.claim("second")
    assert not inquiries.renew(first, message="still here")
    assert not inquiries.end(first, state="finished", message="done", result={})
    assert inquiries.end(second, state="finished", message="done", result={"n": 1})
    assert inquiries.get(asked).result == {"n": 1}


def test_a_reader_may_not_ask(workspace):
    access = Access(lambda: Person(name="anna", role=Role.READER))
    inquiries = Inquiries(workspace.database, access=access)
    with pytest.raises(Refused, match="takes the role operator"):
        inquiries.request("search", "q", {})


def test_cancelling_what_is_not_there_is_wrong_input(workspace):
    with pytest.raises(InputError, match="There is no inquiry 99"):
        workspace.inquiries.cancel(99)
