"""What a paper claims, from its sentence to a claim of ours: extractors propose, people decide."""

from collections.abc import Callable
from dataclasses import dataclass

from verifier import intake, llm
from verifier.candidates import Candidate
from verifier.claim import Claim, InputError, ReportedClaim
from verifier.document import FILE, Document
from verifier.literature import extraction, proposing
from verifier.nearest import Known
from verifier.verdict import Kind
from verifier.workspace import Workspace

LEAST_KEY = 8  # letters that tell one file from another
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """What the extractors came to, all candidates of the document included."""

    document: Document
    candidates: tuple[Candidate, ...]
    n_by_rule: int
    n_proposed: int  # by a language model, and found again in the text
    n_refused: int  # proposed by it, and not found there
    trouble: str  # why the language model proposed nothing, where it was asked


def find_document(workspace: Workspace, wanted: str) -> Document:
    """By number, key, arXiv id or DOI; of a file, the beginning of its key is enough.

    Raises:
        InputError: there is none; or it holds nothing to quote.
    """
    stored = workspace.archive.documents()
    plain = wanted.strip()
    called = [
        d
        for d in stored
        if plain in (str(d.id), d.key, *d.other_keys) or (d.doi and plain.lower() == d.doi)
    ]
    found = called or [d for d in stored if d.is_study(plain)]
    begun = [d for d in stored if d.is_file and d.key.startswith((plain, f"{FILE}{plain}"))]
    if not found and len(plain) >= LEAST_KEY and len(begun) == 1:
        found = begun
    if not found:
        raise InputError(
            f"There is no document {wanted!r}. `python -m verifier documents list` shows them."
        )
    return found[0]


def extract(workspace: Workspace, document: Document, *, say: Say = lambda _: None) -> Extraction:
    """Candidates of a document by rule and, where one is configured, by a language model."""
    if document.id is None or not document.text.strip():
        raise InputError(f"{document.key}: there is nothing to read in it, only a title.")
    say(f"reading {document.title or document.key}")
    by_rule = extraction.candidates(document)
    proposed = proposing.Proposals(found=(), n_refused=0)
    trouble = ""
    chosen = llm.settings()
    if chosen is not None:
        say(f"asking {chosen.model}")
        try:
            proposed = proposing.propose(document, chosen)
        except llm.LlmError as error:
            trouble = str(error)
    stored = workspace.candidates.put(document.id, [*by_rule, *proposed.found])
    return Extraction(
        document=document,
        candidates=tuple(stored),
        n_by_rule=len(by_rule),
        n_proposed=len(proposed.found),
        n_refused=proposed.n_refused,
        trouble=trouble,
    )


def accept(
    workspace: Workspace,
    candidate_id: int,
    *,
    author: str,
    statement: str = "",
    reason: str = "",
) -> str:
    """The id of the claim the candidate becomes: one that is there already, or a new one.

    `statement` is the person's own wording; what the paper says stays beside it.

    Raises:
        InputError: no such candidate, decided already, or no name given.
    """
    candidate = workspace.candidates.get(candidate_id)
    document = workspace.archive.document(candidate.document_id)
    worded = " ".join((statement or candidate.statement).split())
    said = ReportedClaim(statement=worded, position=1, line=1)
    known = Known(workspace.archive.statements())
    decision = intake.decide(said, known, intake.testable())
    claim = Claim(
        id=decision.claim_id,
        statement=decision.statement,
        kind=Kind.DESCRIPTIVE if candidate.kind == "setting" else Kind.EMPIRICAL,
        origin="imported",
        study=_arxiv_id(document),
        topic="read in papers",
        protocol_id=decision.protocol_id,
        protocol_score=decision.protocol_score,
        context_needed=candidate.context_needed,
    )
    workspace.candidates.accept(candidate_id, claim, author=author, reason=reason)
    return claim.id


def _arxiv_id(document: Document | None) -> str | None:
    keys = () if document is None else (document.key, *document.other_keys)
    return next((key.removeprefix("arxiv:") for key in keys if key.startswith("arxiv:")), None)
