"""From records one by one, read or not, to what the cache keeps of all of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.data import _wfdb_record
from models.data._ahead import read_ahead
from models.data._cache import Index, Signals, Write
from models.data._records import LeftOut, Report, Split

_REPORT_EVERY = 200


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a data set's tables say of one record."""

    record_id: str
    patient_id: str
    split: Split
    labels: frozenset[str] = field(default_factory=frozenset)
    report: str = ""


Found = tuple[Row, Signals] | LeftOut  # a row with its signal (12, T), or why there is none


def read_wfdb(
    places: Sequence[tuple[Path, Row]], *, sampling_hz: int, record_s: float, report: Report
) -> Iterator[Found]:
    """Read the record at each path (without suffix); say of every other one why it is left out."""

    def read(place: tuple[Path, Row]) -> Signals | str:
        try:
            return _wfdb_record.read_any(place[0], sampling_hz=sampling_hz, record_s=record_s)
        except _wfdb_record.DamagedRecordError as error:
            return f"damaged: {error}"
        except _wfdb_record.UnsuitableRecordError as error:
            return str(error)

    found = read_ahead(read, places)
    for done, ((_, row), one) in enumerate(zip(places, found, strict=True), start=1):
        if done % _REPORT_EVERY == 0 or done == len(places):
            report(done, len(places))
        if isinstance(one, str):
            yield LeftOut(record_id=row.record_id, reason=one)
        else:
            yield row, one


def collect(
    found: Iterable[Found], write: Write, *, label_names: Collection[str], min_count: int = 1
) -> Index:
    """Write the signals in order, leave out what is named twice, count the labels.

    A label that fewer than `min_count` of the records read have is dropped from the table.
    """
    index = Index(label_names=())
    labels: list[frozenset[str]] = []
    seen: set[str] = set()
    for one in found:
        if isinstance(one, LeftOut):
            index.left_out.append(one)
            continue
        row, signal = one
        if row.record_id in seen:
            reason = "another record has the same name; the first one is used"
            index.left_out.append(LeftOut(record_id=row.record_id, reason=reason))
            continue
        seen.add(row.record_id)
        write(len(index.record_ids), signal[None])
        index.record_ids.append(row.record_id)
        index.patient_ids.append(row.patient_id)
        index.splits.append(row.split)
        index.reports.append(row.report)
        labels.append(row.labels)
    counts = {name: sum(name in each for each in labels) for name in label_names}
    kept = tuple(name for name in label_names if counts[name] >= min_count)
    index.label_names = kept
    index.targets = [[int(name in each) for name in kept] for each in labels]
    # Damage asks for action, so it is named first.
    index.left_out.sort(key=lambda each: not each.is_damaged)
    return index
