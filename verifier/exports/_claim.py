"""One claim's account: everything a report says of it, as plain text that no format has touched."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.archive import Mention, StoredAssessment
from verifier.charts import interval, ordered
from verifier.document import Document
from verifier.dossier import ClaimDossier, Dossier, has_new_protocol
from verifier.exports import _words as words
from verifier.exports._tables import (
    Table,
    conformity_table,
    estimate_table,
    history_table,
    nuisance_table,
    run_table,
)
from verifier.literature.sections import page_words
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS, Look
from verifier.protocol import BundledClaim, stands
from verifier.reach import limits
from verifier.verdict import Assessment, Estimate, Evidence, Status, Witness

CHANGED = "an earlier protocol than this one decided; verifying again judges the runs by this one"


@dataclass(frozen=True, kw_only=True)
class Quote:
    text: str
    source: str
    url: str | None  # None where there is none that is safe to follow
    stance: str
    is_primary: bool


@dataclass(frozen=True, kw_only=True)
class WitnessAccount:
    title: str
    question: str
    look: Look | None  # None: never asked
    reason: str
    facts: tuple[tuple[str, str], ...]  # (term, what it is), in order
    limits_title: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClaimAccount:
    id: str
    anchor: str
    statement: str
    about: str  # kind, study, topic
    context: str
    look: Look
    is_outdated: bool  # decided by a protocol since replaced
    status_reason: str
    confidence: str
    certainty: str
    reported: str  # in one cell
    reported_wordings: tuple[str, ...]  # where they differ from the statement
    witnesses: tuple[WitnessAccount, ...]
    quotes: tuple[Quote, ...]
    estimates: tuple[Estimate, ...]
    delta: float | None
    estimate_table: Table | None
    nuisances: Table | None
    would_change: tuple[str, ...]
    conformity: Table | None
    protocol: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    runs: Table | None
    history: Table | None
    commands: tuple[str, ...]


def claim_account(claim: ClaimDossier, dossier: Dossier) -> ClaimAccount:
    summary, said = claim.summary, _assessments(claim)
    mention = chosen_mention(claim, dossier)
    estimates = tuple(ordered([e for a in said for e in a.estimates]))
    protocol = None if claim.protocol is None else claim.protocol.protocol
    return ClaimAccount(
        id=summary.claim.id,
        anchor=anchor(summary.claim.id),
        statement=summary.claim.statement,
        about=_about(claim),
        context=summary.claim.context_needed,
        look=STATUS_LOOKS[summary.verdict.status],
        is_outdated=has_new_protocol(summary),
        status_reason=_status_reason(claim),
        confidence=words.confidence(summary.verdict.confidence, why_none=_why_no_confidence(claim)),
        certainty=words.certainty(_resting(claim)),
        reported=(
            words.NONE
            if mention is None
            else words.reported(mention.verified, mention.confidence, mention.remarks)
        ),
        reported_wordings=_wordings(claim),
        witnesses=(
            _witness(Witness.LITERATURE, claim.literature),
            _witness(Witness.EXPERIMENT, claim.experiment),
        ),
        quotes=tuple(_quote(found, dossier.documents) for a in said for found in a.evidence),
        estimates=estimates,
        delta=None if protocol is None else protocol.delta,
        estimate_table=estimate_table(estimates),
        nuisances=nuisance_table([each for a in said for each in a.nuisances]),
        would_change=tuple(sentence for a in said for sentence in a.would_change),
        conformity=conformity_table([row for a in said for row in a.conformity]),
        protocol=_protocol(claim.protocol, said),
        limits=() if protocol is None else limits(protocol),
        runs=run_table(claim, dossier),
        history=history_table(claim),
        commands=tuple(dict.fromkeys(a.command for a in said if a.command)),
    )


def chosen_mention(claim: ClaimDossier, dossier: Dossier) -> Mention | None:
    """The claim as the dossier's own report words it, otherwise as the newest report does."""
    mentions = claim.summary.mentions
    if dossier.report is not None:
        own = [m for m in mentions if m.report_id == dossier.report.id]
        return min(own, key=lambda m: m.position, default=None)
    return mentions[-1] if mentions else None


def anchor(claim_id: str) -> str:
    """A name that a link within the document can point at.

    >>> anchor('C01 "x"')
    'claim-C01-x'
    """
    return "claim-" + re.sub(r"[^A-Za-z0-9_]+", "-", claim_id).strip("-")


def followable(url: str) -> str | None:
    """The address if it is a web page's, None for "javascript:" and its like."""
    return url if re.match(r"https?://[^\s\"'<>]+$", url, re.IGNORECASE) else None


def _assessments(claim: ClaimDossier) -> list[Assessment]:
    return [said.assessment for said in (claim.literature, claim.experiment) if said is not None]


def _about(claim: ClaimDossier) -> str:
    said = claim.summary.claim
    study = f"about the study arXiv:{said.study}" if said.study else ""
    cut = "cut off where it came from" if said.is_cut else ""
    return ", ".join(part for part in (f"{said.kind.value} claim", study, said.topic, cut) if part)


def _status_reason(claim: ClaimDossier) -> str:
    """What the witnesses say, after a person's own reason where a person decided."""
    literature, experiment = (
        None if stored is None else stored.assessment
        for stored in (claim.literature, claim.experiment)
    )
    told = words.both_say(literature, experiment)
    told += f" {words.TODAYS}" if has_new_protocol(claim.summary) else ""
    told += f" {words.ASKED}" if claim.is_asked else ""
    overruling = claim.summary.overruling
    if overruling is None:
        return told
    ours = claim.summary.decided.status.value
    return f"Decided by {overruling.author}: “{overruling.reason}” Ours would be {ours}. {told}"


def _why_no_confidence(claim: ClaimDossier) -> str:
    verdict = claim.summary.verdict
    if claim.summary.overruling is not None:
        return "decided by a person"
    if verdict.status is Status.UNCHECKED:
        return "nobody was asked"
    if verdict.status is Status.CONTESTED:
        return "one finding speaks against another"
    if verdict.rests_on is None:
        return "nothing is decided"
    bearing = [a for a in _assessments(claim) if a.confidence is None and a.confidence_reason]
    return bearing[0].confidence_reason if bearing else "a witness that it rests on gives none"


def _resting(claim: ClaimDossier) -> Any:
    rests_on = claim.summary.verdict.rests_on
    return next((a.certainty for a in _assessments(claim) if a.witness is rests_on), None)


def _wordings(claim: ClaimDossier) -> tuple[str, ...]:
    statement = claim.summary.claim.statement
    told = []
    for mention in claim.summary.mentions:
        if mention.statement == statement and not mention.is_cut:
            continue
        notes = [f"“{mention.report_title}”, claim {mention.position}"]
        notes += ["cut off there"] if mention.is_cut else []
        if mention.match_score is not None:
            notes.append(f"matched to this claim at {mention.match_score:.0f} of 100")
        told.append(f"“{mention.statement}” ({'; '.join(notes)})")
    return tuple(told)


def _witness(witness: Witness, stored: StoredAssessment | None) -> WitnessAccount:
    title, question = words.WITNESS_TITLES[witness], words.WITNESS_QUESTIONS[witness]
    if stored is None:
        return WitnessAccount(
            title=title,
            question=question,
            look=None,
            reason="This witness has not been asked yet.",
            facts=(),
        )
    said = stored.assessment
    is_rated = said.certainty is not None
    facts = (
        ("Confidence", words.confidence(said.confidence, why_none=said.confidence_reason)),
        ("Decided by", _deciding(said)),
        ("Certainty", words.certainty(said.certainty)),
        ("Kind of check", "" if said.kind is None else said.kind.value),
        ("Scope", said.scope),
        ("Asked", words.moment(stored.at)),
    )
    return WitnessAccount(
        title=title,
        question=question,
        look=FINDING_LOOKS[said.finding],
        reason=said.reason,
        facts=tuple((term, text) for term, text in facts if text),
        limits_title=words.LOWERED if is_rated else words.LIMITED,
        limits=tuple((words.lowering if is_rated else words.limiting)(r) for r in said.reasons),
    )


def deciding(said: Assessment | None) -> Estimate | None:
    """The member that decides: the one least on the claim's side."""
    members = [] if said is None else [e for e in said.estimates if e.role == "member"]
    return min(members, key=lambda estimate: estimate.value, default=None)


def _deciding(said: Assessment) -> str:
    least = deciding(said)
    if least is None:
        return ""
    n_members = sum(estimate.role == "member" for estimate in said.estimates)
    told = f"{least.name}: {interval(least)} {least.unit}, n = {least.n:,} {least.n_counts}"
    return told if n_members == 1 else f"the least of {n_members} effects, {told}"


def _quote(found: Evidence, documents: Mapping[int, Document]) -> Quote:
    document = documents.get(found.document_id)
    stance = "not judged" if found.stance is None else FINDING_LOOKS[found.stance].word
    if found.stance is not None and found.probability is not None:
        stance = f"{stance}, {words.percent(found.probability)}"
    if document is None:
        source = f"document {found.document_id}, no longer there"
    else:
        year = f", {document.published[:4]}" if document.published else ""
        page = page_words(document.text, found.start)
        place = f"{page}, " * bool(page) + f"characters {found.start}–{found.end}"
        source = f"{document.title}{year}, {document.extent}, {place}"
        source += f"; {document.caution}" if document.caution else ""
    return Quote(
        text=" ".join(found.quote.split()),
        source=source,
        url=None if document is None else followable(document.url),
        stance=stance,
        is_primary=found.is_primary,
    )


def _protocol(
    entry: BundledClaim | None, said: Sequence[Assessment]
) -> tuple[tuple[str, str], ...]:
    if entry is None:
        return ()
    digests = dict.fromkeys(a.protocol_hash for a in said if a.protocol_hash)
    protocol = entry.protocol
    if protocol is None:
        told = [("Why not tested", entry.untested_because)]
    else:
        metric = words.metric_name(protocol.metric)
        told = [
            ("Hypothesis", protocol.hypothesis),
            ("What it can say", protocol.words),
            (
                "Decision rule",
                f"“{protocol.check}”, on the test {metric} of the {protocol.probe} probe",
            ),
            ("Delta", f"{protocol.delta:g}. {protocol.why_delta}"),
        ]
    told += [("Note", entry.note), ("Protocol", entry.claim.id), ("Hash", ", ".join(digests))]
    if not all(stands(digest, protocol) for digest in digests):
        told.append(("Changed since", CHANGED))
    return tuple((term, text) for term, text in told if text)
