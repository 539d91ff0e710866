import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.verifier.literature_server import feed
from verifier import inquiring, searching
from verifier.__main__ import main
from verifier.claim import InputError
from verifier.commands.inquiries import answered
from verifier.document import Document
from verifier.web import front_door

QUESTION = "How does contrastive pretraining affect ECG foundation models?"
STUDY = {
    "id": "2605.12241v1",
    "title": "Pretraining strategies and scaling for ECG foundation models",
    "text": "Contrastive pretraining of ECG foundation models yields transferable representations.",
}
WHALES = {
    "id": "2601.00001v1",
    "title": "The songs of whales",
    "text": "Whales sing in the ocean.",
    "author": "Will Whale",
}


def item(doi: str, title: str, **more) -> dict:
    return {"DOI": doi, "title": [title], **more}


@pytest.fixture
def world(sources, monkeypatch):
    """Two sources that know the same paper, one of which also knows a retracted one."""
    retracted = item(
        "10.1000/gone",
        "Contrastive pretraining for ECG solves everything at once",
        **{"updated-by": [{"type": "retraction"}]},
    )
    same = item("10.1000/abc", STUDY["title"], author=[{"family": "Author"}])
    sources.answers = {
        "/arxiv/api/query": lambda asked: feed(WHALES, STUDY),
        "/crossref/works/10.1000/abc": lambda asked: {"message": {**same, "updated-by": []}},
        "/crossref/works/10.1000/gone": lambda asked: {"message": retracted},
        "/crossref/works": lambda asked: {"message": {"items": [same, retracted]}},
        "/epmc/search": lambda asked: (500 + 1, {}),
    }
    return sources


@pytest.fixture
def ask(workspace, world, source_door):
    def asked(question: str = QUESTION, **more):
        inquiry_id = inquiring.request_search(workspace, question, **more)
        inquiry = workspace.inquiries.claim("test", id=inquiry_id)
        inquiring.answer(workspace, inquiry, door=source_door)
        return workspace.inquiries.get(inquiry_id)

    return asked


def test_sources_are_merged_and_ranked_by_the_question(ask, workspace):
    found = ask()
    assert found.state == "finished"
    papers = workspace.bibliography.papers(found.id)
    documents = [workspace.archive.document(paper.document_id) for paper in papers]
    assert [d.key for d in documents][-1] == "arxiv:2601.00001"
    (study,) = [i for i, d in enumerate(documents) if d.key == "arxiv:2605.12241"]
    assert papers[study].sources == ("arxiv", "crossref")
    assert documents[study].doi == "10.1000/abc"
    assert documents[study].text == STUDY["text"]


def test_a_retracted_paper_is_flagged_and_a_sound_one_was_looked_up(ask, workspace):
    ask()
    flags = {d.key: d.retraction for d in workspace.archive.documents()}
    assert flags["doi:10.1000/gone"] == "Crossref: retracted"
    assert flags["arxiv:2605.12241"] == ""
    assert "arxiv:2605.12241" in workspace.archive.retraction_checks()


def test_the_chain_names_each_query_source_time_and_count(ask, workspace, world):
    found = ask()
    chain = workspace.bibliography.chain(found.id)
    assert [(link.source, link.query) for link in chain] == [
        (source, query)
        for source in ("arxiv", "crossref", "europe_pmc")
        for query in found.settings["queries"]
    ]
    assert chain[0].n_found == 2
    assert chain[0].keys == ("arxiv:2601.00001", "arxiv:2605.12241")
    assert "HTTP 501" in next(link.trouble for link in chain if link.source == "europe_pmc")
    assert "HTTP 501" in found.message
    assert sum(path == "/epmc/search" for path in world.paths()) == 1


def test_a_question_asked_twice_is_answered_from_disk_and_the_chain_says_of_when(
    ask, workspace, world
):
    first = ask()
    n_asked = len(world.asked)
    second = ask()
    assert second.id != first.id
    assert workspace.bibliography.papers(second.id) == workspace.bibliography.papers(first.id)
    assert len(world.asked) == n_asked + 1  # but for the source that gave no answer
    before = workspace.bibliography.chain(first.id)
    assert {link.kept_from for link in before} == {None}
    told = workspace.bibliography.chain(second.id)
    began = datetime.fromtimestamp(1_000_000, UTC)  # by the door's clock
    kept = [link.kept_from for link in told if link.source != "europe_pmc"]
    assert all(at is not None and at - began < timedelta(minutes=1) for at in kept)
    assert all(link.kept_from is None for link in told if link.source == "europe_pmc")


def test_a_search_that_is_to_be_asked_again_takes_no_answer_from_before(
    ask, workspace, world, source_door
):
    first = ask()
    world.answers["/arxiv/api/query"] = lambda asked: feed(WHALES)
    again = inquiring.request_again(workspace, first.id)
    inquiring.answer(workspace, workspace.inquiries.claim("test", id=again), door=source_door)
    chain = workspace.bibliography.chain(again)
    assert {link.keys for link in chain if link.source == "arxiv"} == {("arxiv:2601.00001",)}


def test_a_search_that_was_broken_off_is_one_chain_and_asks_only_for_what_it_lacks(
    workspace, world, source_door, monkeypatch
):
    inquiry_id = inquiring.request_search(workspace, QUESTION)
    monkeypatch.setattr(searching, "_ranked", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    mine = workspace.inquiries.claim("killed", id=inquiry_id)
    with pytest.raises(KeyboardInterrupt):
        inquiring.answer(workspace, mine, door=source_door)
    monkeypatch.undo()
    n_asked, n_links = len(world.asked), len(workspace.bibliography.chain(inquiry_id))
    workspace.inquiries.give_back(mine)
    mine = workspace.inquiries.claim("next", id=inquiry_id)
    inquiring.answer(workspace, mine, door=source_door)
    assert len(workspace.bibliography.chain(inquiry_id)) == n_links
    searches = [path for path in world.paths()[n_asked:] if path.endswith(("query", "/works"))]
    assert searches == []


def test_a_page_that_is_no_answer_is_not_kept(ask, workspace, world):
    sound = world.answers["/arxiv/api/query"], world.answers["/crossref/works"]
    down = b"<!DOCTYPE html><html><body>Down for maintenance</body></html>"
    world.answers |= dict.fromkeys(("/arxiv/api/query", "/crossref/works"), lambda asked: down)
    troubled = ask()
    said = [link.trouble for link in workspace.bibliography.chain(troubled.id)]
    assert sum("not a whole Atom feed" in one for one in said) == 1
    assert sum("not JSON" in one for one in said) == 1
    assert said.count(searching.NOT_ASKED) == len(said) - 3  # the third source is always busy
    world.answers["/arxiv/api/query"], world.answers["/crossref/works"] = sound
    assert len(workspace.bibliography.papers(ask().id)) == 3


def test_what_has_neither_title_nor_abstract_is_no_paper(ask, workspace, world):
    world.answers["/crossref/works"] = lambda asked: {"message": {"items": [{"DOI": "10.1000/x"}]}}
    found = ask()
    titles = [
        workspace.archive.document(p.document_id).title
        for p in workspace.bibliography.papers(found.id)
    ]
    assert titles == [STUDY["title"], WHALES["title"]]


@pytest.mark.parametrize("per_query", [0, 101])
def test_more_papers_than_one_page_of_a_source_are_not_promised(workspace, world, per_query):
    with pytest.raises(InputError, match="1 to 100"):
        inquiring.request_search(workspace, QUESTION, per_query=per_query)


def test_a_paper_that_is_there_in_full_keeps_its_text_and_gains_its_doi(ask, workspace):
    (mine,) = workspace.archive.put_documents(
        [
            Document(
                key="file:abc",
                title=STUDY["title"],
                text="The whole text of the study.",
                source="file",
                extent="full text",
            )
        ]
    )
    ask()
    kept = workspace.archive.document(mine.id)
    assert (kept.text, kept.doi) == ("The whole text of the study.", "10.1000/abc")
    assert "arxiv:2605.12241" in kept.other_keys
    assert not [d for d in workspace.archive.documents() if d.key == "arxiv:2605.12241"]


def test_what_cannot_be_asked_is_said_before_anything_is(workspace, world):
    with pytest.raises(InputError, match="nothing to search for"):
        inquiring.request_search(workspace, " … ")
    with pytest.raises(InputError, match="openalex needs OPENALEX_API_KEY"):
        inquiring.request_search(workspace, QUESTION, sources=("openalex",))
    with pytest.raises(InputError, match="Did you mean 'arxiv'"):
        inquiring.request_search(workspace, QUESTION, sources=("arxif",))
    assert world.asked == []


def test_a_cancelled_search_stops_at_the_next_query(workspace, world, source_door):
    inquiry_id = inquiring.request_search(workspace, QUESTION)
    inquiry = workspace.inquiries.claim("test", id=inquiry_id)
    workspace.inquiries.cancel(inquiry_id)
    with pytest.raises(inquiring.Interrupted):
        inquiring.answer(workspace, inquiry, door=source_door)
    assert world.asked == []
    assert workspace.inquiries.get(inquiry_id).state == "cancelled"


def test_the_command_line_searches_shows_and_repeats(world, monkeypatch, capsys):
    monkeypatch.setenv("VERIFIER_OFFLINE", "0")
    monkeypatch.setenv("VERIFIER_ALLOWED_HOSTS", "127.0.0.1")
    front_door.cache_clear()
    try:
        one = ["search", QUESTION, "--source", "crossref", "--query", "ECG", "--json"]
        assert main(one) == 0
        first = json.loads(capsys.readouterr().out)
        assert first["queries"] == ["ECG"]
        assert {p["key"] for p in first["papers"]} == {"doi:10.1000/abc", "doi:10.1000/gone"}
        assert main(["search", "--show", str(first["search"])]) == 0
        words = capsys.readouterr().out
        assert "[RETRACTED? Crossref: retracted]" in words
        assert "Semantic Scholar is switched off: set SEMANTIC_SCHOLAR_API_KEY" in words
        assert main(["search", "--again", str(first["search"]), "--json"]) == 0
        again = json.loads(capsys.readouterr().out)
        assert again["compared"] == {"with": first["search"], "new": [], "gone": []}
        assert main(["search", "--show", "99"]) == 2
        assert "Known: " in capsys.readouterr().err
    finally:
        front_door.cache_clear()


def test_a_search_whose_process_was_killed_goes_on_once_that_has_fallen_silent(
    workspace, world, monkeypatch, capsys
):
    """Shown again, it used to wait for ever for the one that was gone."""
    monkeypatch.setenv("VERIFIER_OFFLINE", "1")
    inquiry_id = inquiring.request_search(workspace, QUESTION)
    gone = workspace.inquiries.claim("command line 1 killed", id=inquiry_id)
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 3:
            workspace.inquiries.clock = lambda: gone.lease_until + timedelta(seconds=1)

    found = answered(workspace, inquiry_id, sleep=sleep)
    assert found.state == "finished"
    assert len(waited) == 3
    assert capsys.readouterr().err.count("command line 1 killed is at it") == 1
    front_door.cache_clear()


def test_offline_a_search_ends_and_says_why(workspace, capsys):
    assert main(["search", QUESTION, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["papers"] == []
    said = {link["trouble"] for link in found["chain"]} - {searching.NOT_ASKED}
    assert said
    assert all("VERIFIER_OFFLINE" in trouble for trouble in said)


def test_a_lost_connection_stops_retraction_checks_without_losing_the_search(ask, workspace, world):
    for doi in ("abc", "gone"):
        world.answers[f"/crossref/works/10.1000/{doi}"] = lambda asked: (500 + 1, {})
    assert ask().state == "finished"
    assert workspace.archive.retraction_checks().keys() == {"doi:10.1000/gone"}


def test_only_ready_sources_are_asked_by_default():
    asked = searching.Search.of(QUESTION, environ={"OPENALEX_API_KEY": "k"})
    assert asked.sources == ("arxiv", "crossref", "europe_pmc", "openalex")
