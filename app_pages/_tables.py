"""Rows for the tables on screen: the archive's dataclasses in, data frames out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from app_pages._looks import (
    certainty_words,
    finding_words,
    reported_words,
    state_words,
    status_words,
)
from app_pages._words import NONE, duration, local, percent
from verifier.archive import ClaimSummary, StoredAssessment, StoredVerdict
from verifier.charts import ordered
from verifier.dossier import has_new_protocol
from verifier.looks import ROLE_LOOKS
from verifier.nuisances import findings_of, moved_most, shift
from verifier.protocol import Arm, Protocol, Stress
from verifier.queue import OPEN_STATES, Measurement, Run, RunEvent
from verifier.verdict import Estimate, Nuisance

MAIN_MEASURES = ("macro_auroc", "pretraining_loss")  # first in a table, where there are any
OPEN, CANCEL, RETRY = "Open", "Cancel", "Retry"
EARLIER_PROTOCOL = "earlier protocol"  # decided by it; another tests the claim now
ASKED_NOW = "still being asked"  # so its status is not the last word


def claims(
    found: Iterable[ClaimSummary],
    *,
    report_id: int | None = None,
    asked: Collection[str] = (),
) -> pd.DataFrame:
    """One claim a row; `reported` is what the chosen, or else the first, report says of it.

    `asked` are the ids of claims whose witnesses are still at work.
    """
    return pd.DataFrame(
        [_claim(summary, report_id, is_asked=summary.claim.id in asked) for summary in found]
    )


def _claim(summary: ClaimSummary, report_id: int | None, *, is_asked: bool) -> dict[str, Any]:
    said = [m for m in summary.mentions if report_id in (None, m.report_id)]
    literature, experiment = summary.literature, summary.experiment
    return {
        "id": summary.claim.id,
        "statement": summary.claim.statement + (" … ✂" if summary.claim.is_cut else ""),
        "status": status_words(summary.verdict.status),
        "confidence": _bar(summary.verdict.confidence),
        "certainty": certainty_words(summary.certainty),
        "literature": finding_words(literature.finding if literature else None, is_asked=is_asked),
        "experiment": finding_words(experiment.finding if experiment else None, is_asked=is_asked),
        "reported": reported_words(said[0].verified, said[0].confidence) if said else NONE,
        "remarks": ", ".join(remarks(summary, is_asked=is_asked)) or NONE,
    }


def _bar(confidence: float | None) -> float | None:
    """How long a bar is that must never say certainty; in whole percents, as it is elsewhere.

    >>> _bar(0.9996), _bar(0.917), _bar(None)
    (0.99, 0.92, None)
    """
    return None if confidence is None else round(min(confidence, 0.99), 2)


def remarks(summary: ClaimSummary, *, is_asked: bool) -> list[str]:
    """What a reader should know before trusting the status."""
    found = [ASKED_NOW] if is_asked else []
    found += ["fragile"] if summary.is_fragile else []
    if summary.overruling is not None:
        ours = summary.decided.status.value
        found.append(f"by {summary.overruling.author}; ours: {ours}")
    if has_new_protocol(summary):
        found.append(EARLIER_PROTOCOL)
    return found + (["cut off"] if summary.claim.is_cut else [])


def runs(found: Iterable[Run]) -> pd.DataFrame:
    return pd.DataFrame([_run(run) for run in found])


def _run(run: Run) -> dict[str, Any]:
    validity = "" if run.is_valid is not False else " (invalid)"
    return {
        "open": OPEN,
        "act": action(run),
        "run": run.label,
        "state": state_words(run.state) + validity,
        "error": "" if run.state == "cancelled" else run.error,
        "progress": progress(run),
        "phase": run.phase or NONE,
        "steps": f"{run.step:,} / {run.n_steps:,}" if run.n_steps else NONE,
        "speed": run.windows_per_s,
        "attempt": f"{run.attempt} of {run.max_attempts}" if run.attempt else NONE,
        "data": run.data or NONE,
        "took": duration(run.seconds),
    }


def progress(run: Run) -> float:
    """How far it is, in whole percent; over all its phases, so that it never goes back."""
    return round(run.fraction, 2)


def action(run: Run) -> str | None:
    """What else a person can do with a run in its state."""
    if run.state in OPEN_STATES:
        return CANCEL
    return RETRY if run.state in ("failed", "cancelled") else None


def estimates(found: Sequence[Estimate]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Compared": e.name,
                "Role": ROLE_LOOKS[e.role].word if e.role in ROLE_LOOKS else e.role,
                "Estimate": e.value,
                "From": e.low,
                "To": e.high,
                "Interval": f"{e.level:.0%}".replace("%", " %"),
                "Unit": e.unit,
                "n": f"{e.n} {e.n_counts}",
                "Test patients": e.n_patients,
                "Beyond delta": percent(e.probability),
                "Note": e.note,
            }
            for e in ordered(found)
        ]
    )


def filled(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the columns in which nothing stands.

    >>> list(filled(pd.DataFrame({"n": [0.0, 1.0], "Note": ["", ""], "Why": [None, None]})))
    ['n']
    """
    return rows[[name for name in rows if rows[name].notna().any() and (rows[name] != "").any()]]


def arms(protocol: Protocol) -> pd.DataFrame:
    """Every arm by its part in the comparison."""
    parts: dict[str, Sequence[Arm | Stress]] = {
        "all alike": (Arm(name=protocol.recipe, changes=protocol.changes),),
        "favoured by the claim": protocol.favoured,
        "rival": protocol.rivals,
        "context": protocol.contexts,
        "control": protocol.controls,
        "stress": protocol.stress,
    }
    return pd.DataFrame(
        [
            {
                "Part": part,
                "Arm": arm.name,
                "Changes": arm.says or NONE,
            }
            for part, found in parts.items()
            for arm in found
        ]
    )


def nuisances(found: Sequence[Nuisance]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Nuisance": each.name,
                "What it changes": each.says,
                "Tried": each.state,
                "Shift": shift(each),
                "Moved most": moved_most(each),
                "Finding without → with": findings_of(each),
            }
            for each in found
        ]
    )


def conformity(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    words = {True: "✔ yes", False: "✘ differs", None: "– unknown"}
    return pd.DataFrame(
        [
            {
                "Described": row.get("says", ""),
                "Expected": str(row.get("expected")),
                "Built": NONE if row.get("found") is None else str(row.get("found")),
                "As described": words.get(row.get("holds"), "– unknown"),
                "Recipe": row.get("recipe", ""),
                "Reason": row.get("reason", ""),
            }
            for row in rows
        ]
    )


def verdicts(found: Iterable[StoredVerdict]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "At": local(v.at),
                "Status": status_words(v.verdict.status),
                "Confidence": percent(v.verdict.confidence),
                "What": {"decided": "decided", "overruled": "overruled"}.get(
                    v.act, "withdrew that"
                ),
                "By": v.author,
                "Reason": v.reason or NONE,
            }
            for v in found
        ]
    )


def assessments(found: Iterable[StoredAssessment]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "At": local(stored.at),
                "Witness": stored.assessment.witness.value,
                "Finding": finding_words(stored.assessment.finding),
                "Confidence": percent(stored.assessment.confidence),
                "Reason": stored.assessment.reason,
                "Protocol": (stored.assessment.protocol_hash or NONE)[:12],
            }
            for stored in found
        ]
    )


def measurements(found: Iterable[Measurement]) -> pd.DataFrame:
    """The main measures on the test fold first."""
    return pd.DataFrame(
        [
            {
                "Measured": m.name,
                "Probe": m.probe or NONE,
                "Split": m.split,
                "Value": m.value,
                "n": NONE if m.n is None else f"{m.n:,} {m.n_counts}",
                "Why none": m.reason or NONE,
            }
            for m in sorted(found, key=lambda m: (m.split != "test", not is_main(m.name)))
        ]
    )


def is_main(measure: str) -> bool:
    return measure.startswith(MAIN_MEASURES)


def events(found: Iterable[RunEvent]) -> pd.DataFrame:
    """Newest first."""
    rows = [
        {
            "At": local(e.at),
            "Attempt": e.attempt,
            "What": e.kind,
            "By": e.actor,
            "Detail": e.detail or NONE,
        }
        for e in found
    ]
    return pd.DataFrame(rows[::-1])
