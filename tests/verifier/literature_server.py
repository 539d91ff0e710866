"""A server that plays every literature source, for tests: set `answers` by the path's beginning."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.verifier.answering import Answerer, answering

PLACES = {
    "VERIFIER_ARXIV_URL": "/arxiv/api/query",
    "VERIFIER_ARXIV_TEXTS": "/arxiv",
    "VERIFIER_OPENALEX_URL": "/openalex",
    "VERIFIER_SEMANTIC_SCHOLAR_URL": "/s2",
    "VERIFIER_EUROPE_PMC_URL": "/epmc",
    "VERIFIER_CROSSREF_URL": "/crossref",
    "VERIFIER_LLM_URL": "/llm/v1",
}
Answer = Callable[["Asked"], Any]


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Sources:
    """`answers` by path prefix, longest first; an answer is JSON, bytes, or (status, either)."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        self.asked.append(asked)
        for prefix in sorted(self.answers, key=len, reverse=True):
            if asked.path.startswith(prefix):
                said = self.answers[prefix](asked)
                status, said = said if isinstance(said, tuple) else (200, said)
                return status, said if isinstance(said, bytes) else json.dumps(said).encode()
        return 404, b"{}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def played() -> Iterator[Sources]:
    state = Sources()

    class Handler(Answerer):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(json.loads(self.rfile.read(length)))

        def _answer(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = {key: value[0] for key, value in parse_qs(parts.query).items()}
            asked = Asked(unquote(parts.path), query, dict(self.headers), body)
            self.give(*state.answer(asked))

    with answering(Handler) as state.url:
        yield state


def feed(*papers: dict[str, str]) -> bytes:
    """arXiv's Atom."""
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{p['id']}</id><title>{escape(p['title'])}</title>"
        "<updated>2026-05-12T00:00:00Z</updated><published>2026-05-12T00:00:00Z</published>"
        f"<summary>{escape(p['text'])}</summary>"
        f"<author><name>{p.get('author', 'Ann Author')}</name></author>"
        f"<arxiv:comment>{escape(p.get('comment', ''))}</arxiv:comment></entry>"
        for p in papers
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><opensearch:totalResults>'
        f"{len(papers)}</opensearch:totalResults>{entries}</feed>"
    ).encode()
