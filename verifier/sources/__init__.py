"""Literature databases, one per file; the folder is the list.

Each file offers

    LABEL: str                                            name shown to people
    needs(environ) -> tuple[str, ...]                     settings that are missing; empty: ready
    search(query, *, limit, door) -> list[Document]       best first, at most `limit`
    fetch(ids, *, door) -> list[Document]                 by the source's own ids; missing: absent

and, where it has them,

    full_text(document, *, door) -> tuple[bytes, str]     a file and a name that tells its kind, or
                                                          None: it has no full text of this one
    retractions(dois, *, door) -> dict[str, str]          what is known of each: "" for no notice;
                                                          a DOI it does not know is absent

A query is plain words with "quoted phrases" (see literature/queries.py). All traffic goes through
the door that is passed in (verifier/web), whose `Unreachable` and `Refused` are let through.
Knows web and document.py; nothing of the database.
"""

from models.catalog import Catalog

SOURCES = Catalog(__name__)


class SourceError(Exception):
    """The source answered, but not with what it promises; the message says what came instead."""
