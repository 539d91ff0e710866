"""A measured number with what it rests on; no number is `None` with a reason, never 0. No torch."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Measurement:
    name: str
    split: Literal["train", "validation", "test"]
    value: float | None
    reason: str | None = None  # why there is no value
    probe: str | None = None  # None where no probe was needed
    n: int
    n_counts: str = "records"
    n_patients: int | None = None
    n_labels: int | None = None  # labels a macro average is over

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError(f"{self.name}: a missing value has a reason, a value has none.")

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))
