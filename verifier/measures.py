"""What a curve can be drawn of: numbers that runs measure on the test fold, as errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verifier.queue import Measurement

SPLIT = "test"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number that runs measure on the test fold, and how it becomes an error."""

    name: str  # of the measurement; also looked for as it is called after an alignment stage
    probe: str
    title: str  # of the chart's axis
    word: str  # in a list to choose from
    is_error: bool = False  # as it stands; otherwise the error is 1 − value
    is_of_pairs: bool = False  # asks for records and reports


MEASURES: Final[Mapping[str, Measure]] = {
    "linear": Measure(
        name="macro_auroc", probe="linear", title="error: 1 − macro AUROC", word="linear probe"
    ),
    "frozen": Measure(
        name="macro_auroc", probe="frozen", title="error: 1 − macro AUROC", word="attention probe"
    ),
    "finetune": Measure(
        name="macro_auroc", probe="finetune", title="error: 1 − macro AUROC", word="fine-tuning"
    ),
    "zero-shot": Measure(
        name="macro_auroc", probe="zero_shot", title="error: 1 − macro AUROC, zero-shot",
        word="zero-shot diagnosis", is_of_pairs=True,
    ),
    **{
        f"R@{k}": Measure(
            name=f"recall_at_{k}/report_of_record", probe="retrieval", title=f"error: 1 − R@{k}",
            word=f"report of a record among the first {k}", is_of_pairs=True,
        )
        for k in (1, 5, 10)
    },
    "R@10 of records": Measure(
        name="recall_at_10/record_of_report", probe="retrieval", title="error: 1 − R@10",
        word="record of a report among the first 10", is_of_pairs=True,
    ),
    "MRR": Measure(
        name="mrr/report_of_record", probe="retrieval", title="error: 1 − MRR",
        word="mean reciprocal rank of the report", is_of_pairs=True,
    ),
    "modality gap": Measure(
        name="modality_gap", probe="geometry", title="distance of the two means",
        word="modality gap: how far records lie from reports", is_error=True, is_of_pairs=True,
    ),
}  # fmt: skip
LINEAR: Final = "linear"


def values_of(found: Sequence[Measurement]) -> dict[str, float]:
    """The measures that were taken on the test fold, by their keys."""
    taken = {
        (one.probe, one.name.removeprefix("alignment/")): one.value
        for one in found
        if one.split == SPLIT and one.value is not None
    }
    return {
        key: taken[place]
        for key, measure in MEASURES.items()
        if (place := (measure.probe, measure.name)) in taken
    }
