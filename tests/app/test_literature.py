from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages._marks import Mark, marked_text
from verifier.bibliography import Step
from verifier.document import Document
from verifier.workspace import Workspace

Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]


@pytest.fixture
def paper_id(demo: Workspace) -> int:
    found = demo.archive.document_of_key("arxiv:2605.12241")
    assert found is not None
    assert found.id is not None
    return found.id


def test_a_question_is_asked_of_the_worker(visit: Visit, demo_home: Path, demo: Workspace) -> None:
    at = visit(demo_home, "literature")
    at.text_input(key="question").set_value("Does S4 beat transformers on ECG?")
    at.button(key="search_go").click().run()

    assert not at.exception
    newest = demo.inquiries.about("search", limit=1)[0]
    assert (newest.subject, newest.state) == ("Does S4 beat transformers on ECG?", "requested")
    assert newest.settings["sources"] == ["arxiv", "crossref", "europe_pmc"]


def test_a_question_without_words_asks_nobody(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    before = len(demo.inquiries.about("search"))
    at = visit(demo_home, "literature")
    at.text_input(key="question").set_value(" ? ")
    at.button(key="search_go").click().run()

    assert not at.exception
    assert "nothing to search for" in at.toast[0].value
    assert len(demo.inquiries.about("search")) == before


def test_a_search_that_nobody_answered_says_so(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    asked = demo.inquiries.request("search", "Anything?", {"sources": ["arxiv"]})
    tended = demo.inquiries.claim("test", id=asked)
    assert tended is not None
    trouble = "no answer within 30 s"
    step = Step(source="arxiv", query="q", at=demo.archive.clock(), trouble=trouble)
    demo.bibliography.put_chain(asked, [step])
    result = {"n_papers": 0, "troubles": [f"arXiv: {trouble}"]}
    demo.inquiries.end(tended, state="finished", message="papers found: 0", result=result)

    at = visit(demo_home, "literature")
    assert at.error[0].value.startswith("No query was answered:")
    assert not at.warning


def test_a_search_shows_its_papers_flags_and_chain(
    visit: Visit, demo_home: Path, read: Read
) -> None:
    at = visit(demo_home, "literature")
    words = read(at)

    assert "⚠ withdrawn" in words
    assert at.warning[0].value.startswith("Not every query was answered:")
    assert "- Europe PMC: no answer within 30 s" in at.warning[0].value
    assert words.count("no answer within 30 s") == 2, "there and in the chain, not in the message"
    assert "Answer of" not in words, "no answer was on disk"
    assert "title alone" in words
    assert "OpenAlex is switched off: it needs OPENALEX_API_KEY" in words


def test_an_earlier_search_is_asked_again_with_the_same_queries(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "literature")
    at.button(key="ask_again").click().run()

    newest, earlier = demo.inquiries.about("search", limit=2)
    assert newest.settings == {**earlier.settings, "again": earlier.id}
    assert newest.state == "requested"


def test_the_quality_of_a_report_is_shown_with_reasons_and_advice(
    visit: Visit, demo_home: Path, read: Read
) -> None:
    at = visit(demo_home, "literature", part="Quality of a report")

    words = read(at)
    assert "It rates the report, not the truth of its claims." in words
    assert "What would raise the mean most" in words
    assert "Statistical support" in words
    assert at.button(key="ask_model").disabled, "no language model is configured"


def test_a_paper_shows_its_claims_and_what_became_of_them(
    visit: Visit, demo_home: Path, paper_id: int, read: Read
) -> None:
    words = read(visit(demo_home, "paper", id=str(paper_id)))

    assert "accepted by Anna" in words
    assert "rejected by Anna: too vague to be checked" in words
    assert "<script>alert" not in words, "the frame's own script is another"


def test_a_withdrawn_paper_says_so_first(visit: Visit, demo_home: Path, demo: Workspace) -> None:
    gone = demo.archive.document_of_key("doi:10.1000/gone")
    assert gone is not None
    at = visit(demo_home, "paper", id=str(gone.id))

    assert "Crossref: retracted (2026)" in at.error[0].value.replace("\\", "").replace("\u2060", "")


def test_a_candidate_is_accepted_in_a_persons_words(
    visit: Visit, demo_home: Path, demo: Workspace, paper_id: int
) -> None:
    waiting, *_ = [c for c in demo.candidates.of(paper_id) if c.state == "candidate"]
    at = visit(demo_home, "paper", id=str(paper_id))
    at.text_area(key=f"decide_{waiting.id}_statement").set_value("data2vec trails CPC when frozen.")
    at.button(key=f"decide_{waiting.id}_accept").click().run()

    assert not at.exception
    decided = demo.candidates.get(waiting.id)
    assert (decided.state, decided.decided_by) == ("accepted", "local")
    assert demo.archive.statements()[decided.claim_id or ""] == "data2vec trails CPC when frozen."


def test_rejecting_without_a_reason_is_refused_in_words(
    visit: Visit, demo_home: Path, demo: Workspace, paper_id: int
) -> None:
    waiting, *_ = [c for c in demo.candidates.of(paper_id) if c.state == "candidate"]
    at = visit(demo_home, "paper", id=str(paper_id))
    at.button(key=f"decide_{waiting.id}_reject").click().run()

    assert not at.exception
    assert "needs a reason" in at.toast[0].value
    assert demo.candidates.get(waiting.id).state == "candidate"


def test_reading_a_paper_is_work_for_the_worker(
    visit: Visit, demo_home: Path, demo: Workspace, paper_id: int
) -> None:
    at = visit(demo_home, "paper", id=str(paper_id))
    at.button(key="extract").click().run()

    (asked,) = demo.inquiries.about("extract")
    assert (asked.subject, asked.state) == ("arxiv:2605.12241", "requested")


def test_an_older_text_leads_to_the_newer_one(
    visit: Visit, demo_home: Path, demo: Workspace, paper_id: int
) -> None:
    known = demo.archive.document(paper_id)
    assert known is not None
    (newer,) = demo.archive.put_documents([replace(known, text=known.text + " More.", id=None)])
    assert "There is a newer text" in visit(demo_home, "paper", id=str(paper_id)).info[0].value
    assert not visit(demo_home, "paper", id=str(newer.id)).info


def test_a_paper_that_is_not_there_says_so(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "paper")
    for asked in ("no-such-thing", "-1", "9" * 30, "²", "<script>", "x" * 5000):
        at.query_params["id"] = asked
        at.run()
        assert not at.exception
        assert "There is no paper" in at.warning[0].value


def test_in_read_only_mode_nothing_can_be_asked_or_decided(
    visit: Visit, demo_home: Path, demo: Workspace, paper_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFIER_READ_ONLY", "1")
    at = visit(demo_home, "paper", id=str(paper_id))
    assert not at.exception
    assert all(button.disabled for button in at.button if button.key in ("extract", "full_text"))
    assert not visit(demo_home, "literature").exception


def test_marks_that_overlap_are_shown_once_with_all_their_labels() -> None:
    html = marked_text(
        "one two <i>three</i> four",
        [
            Mark(0, 7, "a", is_claim=True),
            Mark(4, 21, "b", is_claim=False),
            Mark(22, 26, "c", is_claim=False),
            Mark(90, 99, "gone", is_claim=True),
        ],
        0,
        26,
    )
    assert html.count("<mark") == 2
    assert "[a, b]" in html
    assert "gone" not in html
    assert "&lt;i&gt;three&lt;/i&gt;" in html


def test_claims_that_a_passage_says_nothing_of_are_counted_where_they_are_many() -> None:
    marks = [Mark(0, 3, f"C{n}", is_claim=False, is_judged=n == 1) for n in range(1, 8)]

    html = marked_text("one two", marks, 0, 7)
    few = marked_text("one two", marks[:3], 0, 7)
    overlapping = [Mark(0, 5, "C1 ✔ supported", False), Mark(2, 7, "C1", False, is_judged=False)]

    assert 'title="C2, C3, C4, C5, C6, C7">[C1, not judged for 6 claims]' in html
    assert "[C1, not judged for C2, C3]" in few
    assert "[C1 ✔ supported]" in marked_text("one two", overlapping, 0, 7)


def test_a_wrong_paper_is_removed_with_a_reason_and_says_what_it_leaves(
    visit: Visit, demo_home: Path, demo: Workspace, paper_id: int, read: Read
) -> None:
    at = visit(demo_home, "paper", id=str(paper_id))
    at.button(key="remove_go").click().run()
    assert "needs a name and a reason" in at.toast[0].value
    assert demo.archive.document(paper_id).removal is None

    at.text_input(key="removal_reason").set_value("another paper's PDF")
    at.button(key="remove_go").click().run()

    assert not at.exception
    assert "is read no more" in at.success[0].value
    assert "verify again" in at.success[0].value
    assert "another paper" in at.warning[0].value
    assert paper_id not in [d.id for d in demo.archive.documents()]
    assert "removed from reading" in read(visit(demo_home, "claim", id="demo-best"))
    listed = visit(demo_home, "literature", part="Papers").dataframe
    assert [list(table.value["Notices"]) for table in listed][-1] == ["removed from reading"]
    assert demo.candidates.counts()[paper_id].get("candidate") is None, "nothing in it waits"

    at = visit(demo_home, "paper", id=str(paper_id))
    assert at.button(key="extract").disabled
    at.button(key="give_back").click().run()
    assert paper_id in [d.id for d in demo.archive.documents()]


def test_an_erased_paper_keeps_its_address_and_says_so(
    visit: Visit, demo_home: Path, demo: Workspace, read: Read
) -> None:
    (wrong,) = demo.archive.put_documents(
        [Document(key="file:" + "a" * 64, title="Minutes", text="Not for you.", source="file")]
    )
    demo.removals.remove(wrong.id or 0, author="anna", reason="wrong file")
    at = visit(demo_home, "paper", id=str(wrong.id))
    assert not at.exception
    words = read(at)
    assert "Its text is erased" in words
    assert "Minutes" not in words
    assert "give_back" not in [button.key for button in at.button]
