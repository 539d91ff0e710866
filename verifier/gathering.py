"""What there is to read: the studies that claims name, and what a search for the rest brings."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from verifier.archive import Archive
from verifier.claim import Claim
from verifier.document import Document
from verifier.literature.merging import merged
from verifier.literature.queries import queries_for
from verifier.searching import look_up_notices, note_retractions, stored
from verifier.sources import SOURCES, SourceError
from verifier.web import Door, Refused, Unreachable

SEARCH_AGAIN = timedelta(days=30)
PER_SEARCH = 5  # papers a search may add


@dataclass
class Library:
    """The stored documents, what was searched to find more, and what could not be reached."""

    archive: Archive
    door: Door
    troubles: dict[str, str] = field(default_factory=dict)  # by source

    def gather(self, claims: Sequence[Claim], reference_ids: Iterable[str] = ()) -> None:
        """Fetch the studies that claims name and reports cite, and search for the rest.

        Every source that is ready is asked. A question that was answered within SEARCH_AGAIN is
        not asked again; a source that cannot be reached is not asked twice. Last, the papers at
        hand are looked up for notices of retraction.
        """
        ids = [claim.study for claim in claims if claim.study] + list(reference_ids)
        self._fetch("arxiv", sorted(set(ids)))
        for name in SOURCES:
            if not SOURCES.load(name).needs(os.environ):
                for claim in claims:
                    self._search(name, queries_for(claim.statement))
        look_up_notices(self.archive.documents(), self.archive, self.door)

    def _fetch(self, name: str, ids: Sequence[str]) -> None:
        held = {document.key for document in self.archive.documents()}
        wanted = [
            one for one in ids if f"{name}:{one}" not in held and self._is_due(name, f"id:{one}")
        ]
        if not wanted:
            return
        source = SOURCES.load(name)
        found = self._ask(name, partial(source.fetch, wanted, door=self.door))
        if found is not None:
            self.archive.put_documents(found)
            for paper in found:
                if paper.retraction:
                    self.archive.put_retraction_check(paper.key, paper.source, paper.retraction)
            for one in wanted:
                n_found = sum(document.key == f"{name}:{one}" for document in found)
                self.archive.put_search(name, f"id:{one}", n_found=n_found)

    def _search(self, name: str, queries: Sequence[str]) -> None:
        """From the narrow query to the wide; the first that finds something is enough."""
        source = SOURCES.load(name)
        for query in queries:
            if not self._is_due(name, query):
                return
            found = self._ask(name, partial(source.search, query, limit=PER_SEARCH, door=self.door))
            if found is None:
                return
            note_retractions(found, stored(merged(found), self.archive), self.archive)
            self.archive.put_search(name, query, n_found=len(found))
            if found:
                return

    def _is_due(self, source: str, query: str) -> bool:
        last = self.archive.searched_at(source, query)
        return last is None or self.archive.clock() - last > SEARCH_AGAIN

    def _ask(self, name: str, question: Callable[[], list[Document]]) -> list[Document] | None:
        if name in self.troubles:
            return None
        try:
            return question()
        except (Unreachable, Refused, SourceError) as error:
            self.troubles[name] = str(error)
            return None
