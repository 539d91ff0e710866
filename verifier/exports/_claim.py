"""One claim's account: everything a report says of it, as plain text that no format has touched."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.archive import Mention, StoredAssessment
from verifier.charts import interval, number, ordered
from verifier.document import Document
from verifier.dossier import ClaimDossier, Dossier
from verifier.exports import _words as words
from verifier.literature.sections import page_words
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS, Look, role_look
from verifier.nuisances import findings_of, moved_most, shift
from verifier.protocol import BundledClaim, stands
from verifier.queue import Measurement, Run
from verifier.reach import limits
from verifier.verdict import Assessment, Estimate, Evidence, Nuisance, Status, Witness

CHANGED = "an earlier protocol than this one decided; verifying again judges the runs by this one"


@dataclass(frozen=True, kw_only=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()  # columns of figures, set flush right


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
    lowered_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClaimAccount:
    id: str
    anchor: str
    statement: str
    about: str  # kind, study, topic
    context: str
    look: Look
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
        status_reason=_status_reason(claim),
        confidence=words.confidence(summary.verdict.confidence, why_none=_why_no_confidence(claim)),
        certainty=words.certainty(_resting(claim)),
        reported=(
            words.NONE if mention is None else words.reported(mention.verified, mention.confidence)
        ),
        reported_wordings=_wordings(claim),
        witnesses=(
            _witness(Witness.LITERATURE, claim.literature),
            _witness(Witness.EXPERIMENT, claim.experiment),
        ),
        quotes=tuple(_quote(found, dossier.documents) for a in said for found in a.evidence),
        estimates=estimates,
        delta=None if protocol is None else protocol.delta,
        estimate_table=_estimate_table(estimates),
        nuisances=_nuisances([each for a in said for each in a.nuisances]),
        would_change=tuple(sentence for a in said for sentence in a.would_change),
        conformity=_conformity([row for a in said for row in a.conformity]),
        protocol=_protocol(claim.protocol, said),
        limits=() if protocol is None else limits(protocol),
        runs=_runs(claim, dossier),
        history=_history(claim),
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
    if verdict.rests_on is None:
        return "nothing is asserted"
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
            lowered_by=(),
        )
    said = stored.assessment
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
        lowered_by=tuple(words.lowering(reason) for reason in said.reasons),
    )


def _deciding(said: Assessment) -> str:
    """The member that decides: the one least on the claim's side."""
    members = [estimate for estimate in said.estimates if estimate.role == "member"]
    if not members:
        return ""
    least = min(members, key=lambda estimate: estimate.value)
    told = f"{least.name}: {interval(least)} {least.unit}, n = {least.n:,} {least.n_counts}"
    return told if len(members) == 1 else f"the least of {len(members)} effects, {told}"


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


def _estimate_table(estimates: Sequence[Estimate]) -> Table | None:
    rows = tuple(
        (
            e.name,
            f"{words.unbroken(interval(e))} {e.unit}",
            f"{e.n:,} {e.n_counts}" + (f", {e.n_patients:,} patients" if e.n_patients else ""),
            words.NONE if e.probability is None else words.percent(e.probability),
            role_look(e.role).word,
            e.note,
        )
        for e in estimates
    )
    columns = ("Compared", "Estimate with interval", "n", "P(beyond delta)", "Role", "Note")
    return _trimmed(Table(columns=columns, rows=rows)) if rows else None


def _nuisances(found: Sequence[Nuisance]) -> Table | None:
    rows = tuple(
        (
            each.name,
            each.says,
            each.state,
            shift(each),
            moved_most(each),
            findings_of(each),
        )
        for each in found
    )
    columns = ("Nuisance", "What it changes", "Tried", "Shift", "Moved most", "Finding")
    return _trimmed(Table(columns=columns, rows=rows)) if rows else None


def _conformity(rows: Sequence[Mapping[str, Any]]) -> Table | None:
    told = tuple(
        (
            str(row.get("says", "")),
            str(row.get("recipe", "")),
            str(row.get("expected", words.NONE)),
            words.NONE if row.get("found") is None else str(row["found"]),
            _holds(row),
        )
        for row in rows
    )
    columns = ("The study's setting", "Recipe", "Expected", "Found", "Follows it?")
    return Table(columns=columns, rows=told) if told else None


def _holds(row: Mapping[str, Any]) -> str:
    if row.get("holds") is None:
        return f"{words.NONE} ({row.get('reason') or 'not looked up'})"
    return "✓ yes" if row["holds"] else "✗ no"


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


def _runs(claim: ClaimDossier, dossier: Dossier) -> Table | None:
    wanted = set(claim.summary.run_ids)
    protocol = None if claim.protocol is None else claim.protocol.protocol
    metric, probe = (
        ("macro_auroc", "linear") if protocol is None else (protocol.metric, protocol.probe)
    )
    rows = tuple(
        (
            str(run.id),
            run.label,
            str(run.task.get("seed", words.NONE)),
            _measured(dossier.measurements.get(run.id, ()), metric=metric, probe=probe),
            _validity(run),
        )
        for run in dossier.runs
        if run.id in wanted
    )
    columns = ("Run", "Recipe", "Seed", f"Test {words.metric_name(metric)}", "Valid?")
    return Table(columns=columns, rows=rows, numeric=(0, 2)) if rows else None


def _measured(found: Sequence[Measurement], *, metric: str, probe: str) -> str:
    for each in found:
        if (each.name, each.probe, each.split) == (metric, probe, "test"):
            if each.value is None:
                return f"{words.NONE} ({each.reason})"
            n = "" if each.n is None else f", n = {each.n:,} {each.n_counts}"
            return f"{number(each.value)}{n}"
    return f"{words.NONE} (not measured)"


def _validity(run: Run) -> str:
    if run.state != "succeeded":
        return f"{words.NONE} ({run.state})"
    return f"✗ no: {run.error}" if run.is_valid is False else "✓ yes"


def _history(claim: ClaimDossier) -> Table | None:
    rows = tuple(
        (
            words.moment(past.at),
            f"{STATUS_LOOKS[past.verdict.status].icon} {past.verdict.status.value}",
            words.NONE
            if past.verdict.confidence is None
            else words.percent(past.verdict.confidence),
            past.author,
            words.act(past.act, past.reason),
        )
        for past in claim.history
    )
    columns = ("When", "Status", "Confidence", "By", "Reason")
    return _trimmed(Table(columns=columns, rows=rows)) if rows else None


def _trimmed(table: Table) -> Table:
    """The same table without columns that say nothing in any row."""
    kept = [
        place
        for place in range(len(table.columns))
        if any(row[place] not in ("", words.NONE) for row in table.rows)
    ]
    return Table(
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )
