"""A claim's tables: estimates, nuisances, conformity, runs, history; no format has touched them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.charts import interval, number
from verifier.dossier import ClaimDossier, Dossier
from verifier.exports import _words as words
from verifier.looks import STATUS_LOOKS, role_look
from verifier.nuisances import findings_of, moved_most, shift
from verifier.queue import Measurement, Run
from verifier.verdict import Estimate, Nuisance


@dataclass(frozen=True, kw_only=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()  # columns of figures, set flush right


def estimate_table(estimates: Sequence[Estimate]) -> Table | None:
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


def nuisance_table(found: Sequence[Nuisance]) -> Table | None:
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


def conformity_table(rows: Sequence[Mapping[str, Any]]) -> Table | None:
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


def run_table(claim: ClaimDossier, dossier: Dossier) -> Table | None:
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


def history_table(claim: ClaimDossier) -> Table | None:
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
