import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from tests.verifier.answering import Answerer, answering
from verifier.claim import InputError
from verifier.sources import SourceError, arxiv
from verifier.web import Door, Limits, Unreachable

LISTING = Path(__file__).resolve().parents[4] / "shared/literature/arxiv.jsonl"


def entry(identifier: str, title: str = "A title", text: str = "A  text\nof two lines.") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{identifier}</id><title>{escape(title)}</title>"
        "<updated>2026-05-12T00:00:00Z</updated><published>2026-05-12T00:00:00Z</published>"
        f"<summary>{escape(text)}</summary><author><name>Ann Author</name></author></entry>"
    )


def feed(*entries: str, total: int | None = None) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><opensearch:totalResults>'
        f"{len(entries) if total is None else total}</opensearch:totalResults>"
        f"{''.join(entries)}</feed>"
    ).encode()


Answer = Callable[[dict[str, str]], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A stand-in for arXiv: set `answer`; `asked` holds the parameters of each request."""
    state = SimpleNamespace(asked=[], slept=[], now=0.0, answer=lambda asked: (200, {}, feed()))

    class Handler(Answerer):
        def do_GET(self) -> None:
            asked = {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
            state.asked.append(asked)
            status, headers, body = state.answer(asked)
            self.give(status, body, headers)

    def sleep(seconds: float) -> None:
        state.slept.append(seconds)
        state.now += seconds

    with answering(Handler) as address:
        monkeypatch.setenv("VERIFIER_ARXIV_URL", f"{address}/api/query")
        state.door = Door(
            Limits(read_s=5),
            allowed_hosts=["127.0.0.1"],
            environ={},
            sleep=sleep,
            clock=lambda: state.now,
        )
        yield state
        state.door.close()


def test_a_paper_keeps_its_identity_version_and_abstract(mirror):
    mirror.answer = lambda asked: (200, {}, feed(entry("2605.12241v2", "A\n  title & more")))
    (paper,) = arxiv.fetch(["2605.12241"], door=mirror.door)
    assert (paper.key, paper.version, paper.title) == ("arxiv:2605.12241", 2, "A title & more")
    assert paper.text == "A text of two lines."
    assert (paper.authors, paper.published, paper.source) == (
        ("Ann Author",),
        "2026-05-12",
        "arxiv",
    )


def test_old_ids_are_kept_whole(mirror):
    mirror.answer = lambda asked: (200, {}, feed(entry("hep-th/9901001v3")))
    (paper,) = arxiv.fetch(["hep-th/9901001v3"], door=mirror.door)
    assert (paper.key, paper.version) == ("arxiv:hep-th/9901001", 3)


def test_missing_papers_are_just_absent(mirror):
    mirror.answer = lambda asked: (200, {}, feed(entry("2605.12241v1")))
    found = arxiv.fetch(["2605.12241", "2699.99999"], door=mirror.door)
    assert [paper.key for paper in found] == ["arxiv:2605.12241"]


def test_what_is_no_arxiv_id_is_named_before_anything_is_asked(mirror):
    with pytest.raises(InputError, match="'12241' is no arXiv id"):
        arxiv.fetch(["12241"], door=mirror.door)
    assert mirror.asked == []


def test_only_as_many_results_are_asked_for_as_are_wanted(mirror):
    arxiv.search("ECG", limit=5, door=mirror.door)
    assert mirror.asked[0]["max_results"] == "5"


def test_words_and_phrases_are_all_required(mirror):
    arxiv.search('"state space" ECG', limit=5, door=mirror.door)
    assert mirror.asked[0]["search_query"] == 'all:"state space" AND all:ECG'


def test_an_empty_query_asks_nothing(mirror):
    assert arxiv.search(" () ", limit=5, door=mirror.door) == []
    assert mirror.asked == []


def test_many_results_come_page_by_page_three_seconds_apart(mirror):
    def page(asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        start, n = int(asked["start"]), int(asked["max_results"])
        numbers = range(start, min(start + n, 150))
        return 200, {}, feed(*(entry(f"2601.{k:05d}v1") for k in numbers), total=150)

    mirror.answer = page
    found = arxiv.search("ECG", limit=120, door=mirror.door)
    assert len({paper.key for paper in found}) == 120
    assert [asked["start"] for asked in mirror.asked] == ["0", "100"]
    assert mirror.slept == [3.0]


def test_the_pace_holds_across_separate_searches(mirror):
    arxiv.search("a", limit=1, door=mirror.door)
    arxiv.search("b", limit=1, door=mirror.door)
    assert mirror.slept == [3.0]


def test_a_busy_arxiv_is_asked_again_when_it_says(mirror):
    answers = iter([(429, {"Retry-After": "20"}, b""), (200, {}, feed(entry("2605.12241v1")))])
    mirror.answer = lambda asked: next(answers)
    assert len(arxiv.fetch(["2605.12241"], door=mirror.door)) == 1
    assert mirror.slept == [20.0]


def test_a_broken_arxiv_is_unreachable(mirror):
    mirror.answer = lambda asked: (500, {}, b"")
    with pytest.raises(Unreachable, match="answered 500 3 times"):
        arxiv.search("ECG", limit=1, door=mirror.door)


def test_a_silent_arxiv_is_unreachable(mirror):
    released = threading.Event()

    def hang(asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        released.wait(5)
        return 200, {}, b""

    mirror.answer = hang
    door = Door(Limits(read_s=0.05), allowed_hosts=["127.0.0.1"], environ={})
    with pytest.raises(Unreachable, match="no complete answer"):
        arxiv.search("ECG", limit=1, door=door)
    released.set()
    door.close()


@pytest.mark.parametrize("body", [b"<html>sorry</html>", b"", feed(entry("2605.12241v1"))[:-40]])
def test_what_is_no_whole_feed_is_an_error_not_an_empty_result(mirror, body):
    mirror.answer = lambda asked: (200, {}, body)
    with pytest.raises(SourceError, match="not a whole Atom feed"):
        arxiv.search("ECG", limit=1, door=mirror.door)


def test_a_refused_query_says_why(mirror):
    refusal = entry("x").replace("abs/x", "api/errors#bad").replace("A  text", "bad query")
    mirror.answer = lambda asked: (200, {}, feed(refusal))
    with pytest.raises(SourceError, match="refused the query: bad query"):
        arxiv.search("ECG", limit=1, door=mirror.door)


def test_an_unexpected_status_is_named(mirror):
    mirror.answer = lambda asked: (400, {}, b"")
    with pytest.raises(SourceError, match="HTTP 400"):
        arxiv.search("ECG", limit=1, door=mirror.door)


def test_arxiv_needs_no_setting():
    assert arxiv.needs({}) == ()


@pytest.mark.skipif(not LISTING.exists(), reason=f"{LISTING} is not here")
def test_the_papers_of_the_field_come_through_unchanged(mirror):
    lines = [json.loads(line) for line in LISTING.read_text("utf-8").splitlines()]
    mirror.answer = lambda asked: (
        200,
        {},
        feed(*(entry(p["arxiv_id"] + "v1", p["title"], p["abstract"] or "") for p in lines)),
    )
    found = arxiv.fetch([p["arxiv_id"] for p in lines], door=mirror.door)
    assert [paper.key for paper in found] == [f"arxiv:{p['arxiv_id']}" for p in lines]
    assert [paper.text for paper in found] == [" ".join(p["abstract"].split()) for p in lines]
