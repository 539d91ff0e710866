"""Ways of deciding what a passage says about a claim, one per file; the folder is the list.

Each file offers

    LABEL: str                                        name shown to people
    VERSION: str                                      stored with every stance it gives
    available() -> tuple[bool, str]                   whether it can be asked, and if not, why
    judge(statement, passage) -> Judgement            polarity of one passage

A judge that is not sure says INCONCLUSIVE with a reason: a wrong decision is worse than none. It
sees the words alone, so whether the passage is about the same study is the caller's to ensure.
Knows verdict.py only; `rules` is pure.
"""

from dataclasses import dataclass

from models.catalog import Catalog
from verifier.verdict import Finding

JUDGES = Catalog(__name__)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a passage says about a statement, in one judge's opinion."""

    finding: Finding  # SUPPORTED, CONTRADICTED or INCONCLUSIVE
    reason: str  # names what decided it, or why nothing did
    probability: float | None = None  # that a decisive finding is right; None: not justified
    trouble: str = ""  # why the judge could not be asked; empty where it was
