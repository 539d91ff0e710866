"""From a research question to ranked papers: ask each source, merge, flag, rank, keep the chain."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.text import weights
from verifier.archive import Archive
from verifier.bibliography import Bibliography, FoundPaper, Step
from verifier.claim import InputError
from verifier.document import Document
from verifier.encoder import Embedder, EncoderError
from verifier.literature.merging import Work, is_same, merged
from verifier.literature.questions import queries_of
from verifier.literature.retrieval import Retriever
from verifier.sources import SOURCES, SourceError
from verifier.sources.crossref import GRAVE, is_listed
from verifier.web import Door, Refused, Unreachable

PER_QUERY = 10  # papers wanted of each source for each query
MOST_PER_QUERY = 100  # one page of every source
CHECK_AGAIN = timedelta(days=30)
MOST_CHECKED = 50  # papers looked up for notices in one search
NOT_ASKED = "not asked, as the query before it failed"
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is asked of whom."""

    question: str
    queries: tuple[str, ...]
    sources: tuple[str, ...]
    per_query: int = PER_QUERY

    @staticmethod
    def of(
        question: str,
        *,
        sources: Sequence[str] = (),
        queries: Sequence[str] = (),
        per_query: int = PER_QUERY,
        environ: Mapping[str, str] = os.environ,
    ) -> "Search":
        """The search a question stands for; by default every source that is ready is asked.

        Raises:
            InputError: no word to search for, an unknown source, or one whose key is missing.
        """
        check_sources(sources, environ)
        asked = tuple(dict.fromkeys(queries)) or tuple(queries_of(question))
        if not asked:
            raise InputError(f"There is nothing to search for in {question[:80]!r}.")
        if not 1 <= per_query <= MOST_PER_QUERY:
            raise InputError(
                f"{per_query} papers of each source were wanted; allowed: 1 to {MOST_PER_QUERY}."
            )
        ready = [name for name in SOURCES if not SOURCES.load(name).needs(environ)]
        return Search(
            question=" ".join(question.split()),
            queries=asked,
            sources=tuple(sources) or tuple(ready),
            per_query=per_query,
        )


def check_sources(names: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
    """Whether each can be asked.

    Raises:
        InputError: one is unknown, or switched off as long as its key is missing.
    """
    for name in names:
        try:
            lacking = SOURCES.load(name).needs(environ)
        except LookupError as error:
            raise InputError(str(error)) from None
        if lacking:
            raise InputError(f"The source {name} needs {', '.join(lacking)} to be set.")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a search works with."""

    archive: Archive
    bibliography: Bibliography
    door: Door
    cache: Path  # where embeddings are kept
    say: Say = lambda _: None


def switched_off(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Sources that cannot be asked, and the settings they lack, by their labels."""
    found = {SOURCES.load(n).LABEL: SOURCES.load(n).needs(environ) for n in SOURCES}
    return {label: ", ".join(lacking) for label, lacking in found.items() if lacking}


def search(asked: Search, inquiry_id: int, desk: Desk) -> list[FoundPaper]:
    """Carry out a search and store it: the chain, the papers, their rank and their flags.

    A source that cannot be reached is named in the chain and not asked again.
    """
    answers = [answer for name in asked.sources for answer in _answers(name, asked, desk)]
    found = [paper for answer in answers for paper in answer.papers]
    works = stored(merged(found), desk.archive)
    desk.bibliography.put_chain(inquiry_id, [_step(answer, works) for answer in answers])
    note_retractions(found, works, desk.archive)
    desk.say(f"ranking {len(works)} papers")
    papers_found = _ranked(asked.question, works, desk.cache)
    desk.bibliography.put_papers(inquiry_id, papers_found)
    check_retractions(desk.archive.documents(), desk)  # those stored before, too
    return papers_found


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came of one query put to one source."""

    source: str
    query: str
    at: datetime
    papers: Sequence[Document] = ()
    trouble: str = ""
    kept_from: datetime | None = None


def _answers(name: str, asked: Search, desk: Desk) -> Iterator[_Answer]:
    source, trouble = SOURCES.load(name), ""
    for place, query in enumerate(asked.queries, start=1):
        now = desk.archive.clock()
        if trouble:
            yield _Answer(source=name, query=query, at=now, trouble=NOT_ASKED)
            continue
        desk.say(f"asking {source.LABEL}, query {place} of {len(asked.queries)}")
        door, papers = desk.door.since(0.0), []
        try:
            papers = source.search(query, limit=asked.per_query, door=door)
        except (Unreachable, Refused, SourceError) as error:
            trouble = str(error)
        kept = [datetime.fromtimestamp(at, UTC) for at in door.kept_from]
        yield _Answer(
            source=name,
            query=query,
            at=now,
            papers=papers,
            trouble=trouble,
            kept_from=min(kept, default=None),
        )


def _step(answer: _Answer, works: Sequence[Work]) -> Step:
    return Step(
        source=answer.source,
        query=answer.query,
        at=answer.at,
        document_ids=_ids(answer.papers, works),
        trouble=answer.trouble,
        kept_from=answer.kept_from,
    )


def check_retractions(documents: Sequence[Document], desk: Desk) -> int:
    """Look up papers for notices as far as that is due; how many were."""
    return look_up_notices(documents, desk.archive, desk.door, say=desk.say)


def look_up_notices(
    documents: Sequence[Document], archive: Archive, door: Door, *, say: Say = lambda _: None
) -> int:
    """Ask about the DOIs of papers, where that was not done of late; how many were answered."""
    checked = archive.retraction_checks()
    now = archive.clock()
    due = [
        d
        for d in documents
        if is_listed(d.doi) and (d.key not in checked or now - checked[d.key] > CHECK_AGAIN)
    ]
    n_done = 0
    for name in SOURCES:
        source = SOURCES.load(name)
        if not hasattr(source, "retractions") or source.needs(os.environ):
            continue
        for document in due[:MOST_CHECKED]:
            say(f"looking up notices about {document.doi}")
            try:
                said = source.retractions([document.doi], door=door)
            except (Unreachable, Refused, SourceError) as error:
                say(f"no notices could be looked up: {error}")
                break
            if document.doi in said:
                archive.put_retraction_check(document.key, name, said[document.doi])
                n_done += 1
    return n_done


def note_retractions(found: Sequence[Document], works: Sequence[Work], archive: Archive) -> None:
    """Keep what sources said of papers' withdrawal, and what stored notices are about."""
    for paper in found:
        same = next((w.document.key for w in works if is_same(paper, w.document)), None)
        if paper.retraction and same is not None:
            archive.put_retraction_check(same, paper.source, paper.retraction)
    held = archive.documents()
    for notice in held:
        for kind, about in notice.notice_about:
            for paper in held:
                if kind in GRAVE and paper.doi == about and not paper.retraction:
                    words = f"{GRAVE[kind]}, as {notice.short_key} says"
                    archive.put_retraction_check(paper.key, "notice", words)


def stored(works: Sequence[Work], archive: Archive) -> list[Work]:
    """Each work under the key and with the text it already has, where it was known before."""
    known = archive.documents()
    kept = []
    for work in works:
        same = next((held for held in known if is_same(work.document, held)), None)
        document = work.document
        if same is not None:
            keys = {*document.other_keys, *same.other_keys, document.key} - {same.key}
            fuller = document if len(document.text) > len(same.text) else same
            text = same if same.extent != "abstract" else fuller
            document = replace(
                text,
                key=same.key,
                doi=same.doi or document.doi,
                other_keys=tuple(sorted(keys)),
            )
        kept.append(replace(work, document=document))
    stored = archive.put_documents(work.document for work in kept)
    return [replace(w, document=d) for w, d in zip(kept, stored, strict=True)]


def _ids(papers: Sequence[Document], works: Sequence[Work]) -> list[int]:
    """The stored works that a source's own records are, in that source's order."""
    ids = (
        next((w.document.id for w in works if is_same(paper, w.document)), None) for paper in papers
    )
    return list(dict.fromkeys(i for i in ids if i is not None))


def _ranked(question: str, works: Sequence[Work], cache: Path) -> list[FoundPaper]:
    """By shared words and by meaning; by words alone where the language model is missing."""
    documents = [work.document for work in works]
    embedder = None if weights.missing() or not documents else Embedder(cache)
    try:
        vector = None if embedder is None else embedder.embed([question])[0]
        hits = Retriever(documents, embedder).search(question, vector, len(documents))
    except EncoderError:
        hits = Retriever(documents, None).search(question, None, len(documents))
    ids = [document.id for document in documents if document.id is not None]
    return [
        FoundPaper(
            document_id=ids[hit.place],
            score=round(hit.score, 4),
            sources=works[hit.place].sources,
        )
        for hit in hits
    ]
