"""The literature witness: gather documents, find the passages, ask a judge, say what they say."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import ModuleType

from verifier.archive import Archive, text_digest
from verifier.claim import Claim
from verifier.document import Document
from verifier.judges import JUDGES, Judgement, rules
from verifier.judges._objections import objection
from verifier.literature import weighing
from verifier.literature.evidence import PassageIndex, evidence
from verifier.literature.merging import merged
from verifier.literature.queries import queries_for
from verifier.literature.weighing import Examiner, examiner_of, weighed_evidence
from verifier.queue import fingerprint_of
from verifier.searching import look_up_notices, note_retractions, stored
from verifier.sources import SOURCES, SourceError
from verifier.verdict import (
    Assessment,
    CheckKind,
    Concern,
    Evidence,
    Finding,
    Kind,
    Reason,
    Witness,
    lowered,
)
from verifier.web import Door, Refused, Unreachable

ENGINE = "5"  # raised whenever the same passages would be judged differently
SEARCH_AGAIN = timedelta(days=30)
PER_SEARCH = 5  # papers a search may add
BEST_FIRST = ("llm", "nli", "rules")  # any other judge comes after these
DECISIVE = (Finding.SUPPORTED, Finding.CONTRADICTED)


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


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The documents at hand, indexed once for many claims, and the judge that is asked."""

    index: PassageIndex
    documents: Mapping[int, Document]
    judge_name: str
    judge: ModuleType
    troubles: Mapping[str, str]
    examiner: Examiner | None = None  # None: no language model, or nothing to read

    @staticmethod
    def of(library: Library, cache: Path | None = None) -> "Reader":
        """`cache` is where embeddings are kept; without one shared words alone find passages.

        A notice about another work states that work's claims to take them back: it is not read.
        """
        held = [d for d in library.archive.documents() if d.text.strip()]
        documents = [d for d in held if not d.is_notice]
        name, judge = best_judge()
        return Reader(
            index=PassageIndex(documents),
            documents={d.id: d for d in documents if d.id is not None},
            judge_name=name,
            judge=judge,
            troubles=library.troubles,
            examiner=None if cache is None else examiner_of(documents, cache),
        )

    def assess(self, claim: Claim) -> Assessment:
        """What the documents say about one claim."""
        heard = [self._judged(claim, found) for found in self._found(claim)]
        opinions = [one.evidence for one in heard]
        unasked = [one.trouble for one in heard if one.trouble]
        against = [_seen_against(claim.statement, opinion) for opinion in opinions]
        passages = [_without(o) if why else o for o, why in zip(opinions, against, strict=True)]
        basis = fingerprint_of(
            {
                "engine": ENGINE,
                "statement": claim.statement,
                "study": claim.study,
                "judge": [self.judge_name, self.judge.VERSION],
                "weighing": weighing.version() if self.examiner else None,
                "documents": sorted(
                    text_digest(f"{d.key}\n{d.text}") for d in self.documents.values()
                ),
                "retracted": sorted(d.key for d in self.documents.values() if d.retraction),
                "troubles": sorted(self.troubles) if not self.documents else [],
                **({"judge could not be asked": True} if unasked else {}),  # so it is asked again
            }
        )
        said = _conclude(claim, passages, self.documents)
        if not self.documents:
            said = _nothing_to_read(self.troubles)
        if said.finding is Finding.INCONCLUSIVE:
            said = replace(said, reason=said.reason + _objected(opinions, against))
        return Assessment(
            claim_id=claim.id,
            witness=Witness.LITERATURE,
            finding=said.finding,
            reason=said.reason,
            confidence=said.confidence,
            confidence_reason=said.confidence_reason,
            certainty=lowered(said.grounds) if passages else None,
            reasons=said.grounds,
            kind=CheckKind.SOURCE_CHECK if self.documents else None,
            scope=self._scope(unasked, sum(one.is_asked for one in heard)),
            command=f"python -m verifier verify {claim.id}",
            basis=basis,
            evidence=tuple(passages),
            is_secondary_only=said.is_secondary_only,
        )

    def _found(self, claim: Claim) -> list[Evidence]:
        """Passages about the claim; where the language model is there, weighed already."""
        if self.examiner is None:
            return evidence(claim, self.index)
        return weighed_evidence(claim, self.examiner)

    def _judged(self, claim: Claim, found: Evidence) -> "_Heard":
        """A descriptive claim about a study is only settled by that study's own text.

        A paper that was withdrawn settles nothing. Where the judge cannot be asked, the rules are.
        """
        if self.documents[found.document_id].retraction:
            return _Heard(evidence=_without(found), is_asked=False)
        if claim.kind is Kind.DESCRIPTIVE and claim.study and not found.is_primary:
            return _Heard(evidence=_without(found), is_asked=False)
        said = self.judge.judge(claim.statement, found.quote)
        if said.finding not in DECISIVE and not said.trouble:
            return _Heard(evidence=found)
        plain = rules.judge(claim.statement, found.quote)
        decided = _decided(found, plain if said.trouble else said, plain)
        return _Heard(evidence=decided, trouble=said.trouble)

    def _scope(self, unasked: Sequence[str], n_passages: int) -> str:
        if not self.documents:
            return ""
        n_abstracts = sum(d.extent == "abstract" for d in self.documents.values())
        n_full = len(self.documents) - n_abstracts
        unreached = f"; {', '.join(sorted(self.troubles))} not reached" if self.troubles else ""
        weighed = f", weighed by {weighing.version()}" if self.examiner else ""
        instead = (
            f"; by the rules instead for {len(unasked)} of {_count(n_passages, 'passage')}, as it "
            f"could not be asked: {_short(unasked[0])}"
            if unasked
            else ""
        )
        return (
            f"{_count(n_abstracts, 'abstract')} and {_count(n_full, 'full text')} at hand"
            f"{unreached}; polarity by the judge {self.judge_name} {self.judge.VERSION}{weighed}"
            f"{instead}"
        )


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """A passage as it was judged, and why the configured judge could not be asked, if so."""

    evidence: Evidence
    trouble: str = ""
    is_asked: bool = True  # False: whatever it says of itself, this passage settles nothing


def _decided(found: Evidence, said: Judgement, plain: Judgement) -> Evidence:
    """A passage with what the judge says; the rules may only keep it from deciding."""
    if said.finding not in DECISIVE:
        return found
    if plain.finding in DECISIVE and plain.finding is not said.finding:
        # a number or a direction stands against what a model reads: a person must look
        return _without(found)
    if said.finding is found.stance:
        return found  # with the calibrated probability of the stack
    return replace(found, stance=said.finding, probability=said.probability)


def _seen_against(statement: str, opinion: Evidence) -> str:
    """Why the stance that a model gave a passage is not to be shown; empty where it may be."""
    return "" if opinion.stance is None else objection(statement, opinion.quote, opinion.stance)


def _without(opinion: Evidence) -> Evidence:
    return replace(opinion, stance=None, probability=None)


def _objected(opinions: Sequence[Evidence], against: Sequence[str]) -> str:
    """What the first of a model's decisions was held back for; empty where none was."""
    for one, why in zip(opinions, against, strict=True):
        if one.stance is not None and why:
            return f" It was read as {one.stance.value}, which is not shown as decided: {why}."
    return ""


@dataclass(frozen=True, kw_only=True)
class _Said:
    finding: Finding
    reason: str
    confidence: float | None = None
    confidence_reason: str = ""
    grounds: tuple[Reason, ...] = ()
    is_secondary_only: bool = False


def best_judge() -> tuple[str, ModuleType]:
    """The best judge that can be asked by itself; `rules` always can."""
    known = list(JUDGES)
    for name in sorted(known, key=lambda n: BEST_FIRST.index(n) if n in BEST_FIRST else 9):
        judge = JUDGES.load(name)
        if judge.available()[0] and not getattr(judge, "IS_WEIGHED", False):
            return name, judge
    raise LookupError("No judge is available, not even the rules.")


def _nothing_to_read(troubles: Mapping[str, str]) -> _Said:
    why = "; ".join(troubles.values()) or "no source was asked and no document was added"
    return _Said(
        finding=Finding.NOT_TESTABLE,
        reason=(
            f"No document could be had: {why}. Add some with `python -m verifier documents add "
            "FILE`, or verify again with a network."
        ),
        confidence_reason="nothing was read",
    )


def _conclude(
    claim: Claim, passages: Sequence[Evidence], documents: Mapping[int, Document]
) -> _Said:
    """From judged passages to one finding; documents that disagree decide nothing."""
    for_it = [p for p in passages if p.stance is Finding.SUPPORTED]
    against = [p for p in passages if p.stance is Finding.CONTRADICTED]
    grounds = _grounds(for_it or against or passages, documents)
    if for_it and against:
        return _Said(
            finding=Finding.INCONCLUSIVE,
            reason=(
                f"{_count(len(for_it), 'passage')} for it and {len(against)} against it: the "
                "documents disagree, and a person must read them."
            ),
            confidence_reason="the documents disagree",
            grounds=grounds,
        )
    if not for_it and not against:
        return _undecided(claim, passages, documents, grounds)
    deciding = for_it or against
    finding = Finding.SUPPORTED if for_it else Finding.CONTRADICTED
    known = [p.probability for p in deciding if p.probability is not None]
    titles = list(dict.fromkeys(documents[p.document_id].title for p in deciding))
    verb = "says so" if for_it else "says otherwise"
    return _Said(
        finding=finding,
        reason=f"{'; '.join(titles[:3])} {verb}: “{_short(deciding[0].quote)}”",
        confidence=max(known, default=None),
        confidence_reason="" if known else "the judge gives no calibrated probability",
        grounds=grounds,
        is_secondary_only=(
            not any(p.is_primary for p in deciding) and len({p.document_id for p in deciding}) < 2
        ),
    )


def _undecided(
    claim: Claim,
    passages: Sequence[Evidence],
    documents: Mapping[int, Document],
    grounds: tuple[Reason, ...],
) -> _Said:
    if not passages:
        return _Said(
            finding=Finding.INCONCLUSIVE,
            reason=f"None of {_count(len(documents), 'document')} has a passage about it.",
            confidence_reason="no passage was found",
        )
    best = passages[0]
    is_other = claim.study is not None and not best.is_primary
    other = " (not the study the claim is about)" if is_other else ""
    return _Said(
        finding=Finding.INCONCLUSIVE,
        reason=(
            "Passages about it were found, but none states or denies it plainly enough to decide "
            f"by rule; the nearest is in {documents[best.document_id].title}{other}: "
            f"“{_short(best.quote)}”"
        ),
        confidence_reason="the judge abstained",
        grounds=grounds,
    )


def _grounds(passages: Sequence[Evidence], documents: Mapping[int, Document]) -> tuple[Reason, ...]:
    read = {p.document_id: documents[p.document_id] for p in passages}
    if not read:
        return ()
    grounds = []
    if all(document.extent == "abstract" for document in read.values()):
        grounds.append(
            Reason(
                concern=Concern.INDIRECTNESS,
                text=f"Only the abstract was read, of {_count(len(read), 'document')}.",
            )
        )
    if len(read) == 1:
        grounds.append(Reason(concern=Concern.IMPRECISION, text="One document bears on it."))
    grounds += [
        Reason(
            concern=Concern.RISK_OF_BIAS,
            text=f"{_short(document.title, 80)} was withdrawn and decides nothing "
            f"({document.retraction}).",
        )
        for document in read.values()
        if document.retraction
    ]
    return tuple(grounds)


def _short(quote: str, most: int = 220) -> str:
    one_line = " ".join(quote.split())
    return one_line if len(one_line) <= most else one_line[: most - 1].rstrip() + "…"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("" if n == 1 else "s")
