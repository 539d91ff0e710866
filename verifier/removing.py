"""Removing a stored document: who may, what becomes of it, and its traces outside the database."""

from dataclasses import dataclass

from verifier.access import Role
from verifier.claim import InputError
from verifier.document import Document, Removal
from verifier.encoder import Embedder
from verifier.literature.passages import passages
from verifier.literature.retrieval import text_of
from verifier.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Removed:
    """What removing came to."""

    document: Document  # as it was
    removal: Removal
    claim_ids: tuple[str, ...]  # whose newest reading quotes it
    earlier: Document | None  # text of the same paper that is read from now on

    @property
    def words(self) -> str:
        """What was done and what it means, for the person who did it."""
        said = [f"{self.document.title or self.document.short_key} is read no more"]
        if self.removal.is_erased:
            said.append("nothing quoted it, so its text is erased")
        elif self.claim_ids:
            said.append(
                f"what was said of {', '.join(self.claim_ids)} quotes it and stands as it was "
                "said: verify again to have it said without this text, which is kept for that "
                "history"
            )
        else:
            said.append("earlier verdicts or decisions quote it, so its text is kept for them")
        if self.earlier is not None:
            said.append(f"the paper's earlier text ({self.earlier.extent}) is read again")
        return "; ".join(said) + "."


def remove(workspace: Workspace, document: Document, *, author: str, reason: str) -> Removed:
    """Take a stored text out of reading, and its passages out of the embeddings on this disk.

    Raises:
        InputError: not with this role; no reason; removed already; or its embeddings cannot be
            written over.
    """
    workspace.access.require(Role.OPERATOR, to="remove documents")
    document_id = document.id or 0
    quotations = workspace.bibliography.quotations(document_id)
    removal = workspace.removals.remove(document_id, author=author, reason=reason)
    embedder = Embedder(workspace.cache_folder)
    try:
        embedder.forget([text_of(document), *(p.text for p in passages(document))])
    except OSError as error:
        raise InputError(
            f"It is read no more, but its embeddings are still in {embedder.folder}, which cannot "
            f"be written ({error.strerror}): remove that folder, it is made again when needed."
        ) from None
    return Removed(
        document=document,
        removal=removal,
        claim_ids=tuple(sorted({said.claim_id for said in quotations})),
        earlier=workspace.archive.document_of_key(document.key),
    )


def give_back(workspace: Workspace, document: Document) -> None:
    """Have a removed text read again, where its words are still there.

    Raises:
        InputError: not with this role, or its words are erased.
    """
    person = workspace.access.require(Role.OPERATOR, to="have documents read again")
    if not document.text:
        raise InputError("Its text is erased: add the file again to have it read.")
    workspace.removals.give_back([document], author=person.name)
