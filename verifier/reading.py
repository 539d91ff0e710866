"""The literature witness: find the passages, ask a judge, say what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from verifier.archive import text_digest
from verifier.claim import Claim
from verifier.concluding import conclude, nothing_to_read, shortened
from verifier.document import Document
from verifier.gathering import Library
from verifier.judges import JUDGES, Judgement, rules
from verifier.judges._objections import objection
from verifier.literature import weighing
from verifier.literature.evidence import PassageIndex, evidence
from verifier.literature.surroundings import seen_around
from verifier.literature.weighing import Examiner, examiner_of, weighed_evidence
from verifier.plural import plural
from verifier.queue import fingerprint_of
from verifier.sources import SOURCES
from verifier.verdict import (
    Assessment,
    CheckKind,
    Evidence,
    Finding,
    Kind,
    Witness,
    lowered,
)

ENGINE = "10"  # raised whenever the same passages would be judged differently
BEST_FIRST = ("llm", "nli", "rules")  # any other judge comes after these
DECISIVE = (Finding.SUPPORTED, Finding.CONTRADICTED)


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
        against = [self._seen_against(claim.statement, opinion) for opinion in opinions]
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
        said = conclude(claim, passages, self.documents)
        if not self.documents:
            said = nothing_to_read(self.troubles)
        if said.finding is Finding.INCONCLUSIVE:
            said = replace(said, reason=said.reason + _objected(opinions, against))
        return Assessment(
            claim_id=claim.id,
            witness=Witness.LITERATURE,
            finding=said.finding,
            reason=said.reason,
            confidence=said.confidence,
            confidence_reason=said.confidence_reason,
            certainty=lowered(said.grounds) if said.finding in DECISIVE else None,
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

    def _seen_against(self, statement: str, opinion: Evidence) -> str:
        """Why the stance a passage was given is not to be shown; empty where it may be."""
        if opinion.stance is None:
            return ""
        document = self.documents[opinion.document_id]
        return objection(statement, opinion.quote, opinion.stance) or seen_around(
            statement, document, opinion
        )

    def _scope(self, unasked: Sequence[str], n_passages: int) -> str:
        if not self.documents:
            return ""
        n_abstracts = sum(d.extent == "abstract" for d in self.documents.values())
        n_full = len(self.documents) - n_abstracts
        labels = sorted(SOURCES.load(name).LABEL for name in self.troubles)
        unreached = f"; {', '.join(labels)} not reached" if labels else ""
        weighed = f", weighed by {weighing.version()}" if self.examiner else ""
        instead = (
            f"; by the rules instead for {len(unasked)} of {plural(n_passages, 'passage')}, as it "
            f"could not be asked: {shortened(unasked[0])}"
            if unasked
            else ""
        )
        return (
            f"{plural(n_abstracts, 'abstract')} and {plural(n_full, 'full text')} at hand"
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


def _without(opinion: Evidence) -> Evidence:
    return replace(opinion, stance=None, probability=None)


def _objected(opinions: Sequence[Evidence], against: Sequence[str]) -> str:
    """What the first of a model's decisions was held back for; empty where none was."""
    for one, why in zip(opinions, against, strict=True):
        if one.stance is not None and why:
            return f" It was read as {one.stance.value}, which is not shown as decided: {why}."
    return ""


def best_judge() -> tuple[str, ModuleType]:
    """The best judge that can be asked by itself; `rules` always can."""
    known = list(JUDGES)
    for name in sorted(known, key=lambda n: BEST_FIRST.index(n) if n in BEST_FIRST else 9):
        judge = JUDGES.load(name)
        if judge.available()[0] and not getattr(judge, "IS_WEIGHED", False):
            return name, judge
    raise LookupError("No judge is available, not even the rules.")
