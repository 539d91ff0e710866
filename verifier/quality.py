"""The quality review of a report: every reviewer's opinion, their mean and spread, what would help.

It rates a report, not the truth of its claims: a report may say true things badly. Pure; a language
model, where one is asked (quality_by_model), stands beside the mean and never in it.
"""

from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

from verifier.dossier import Dossier
from verifier.reviewers import REVIEWERS, TEN, Criterion

MOST_ADVICE = 6


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """One reviewer's rubric, filled in."""

    name: str
    label: str
    asks: str
    criteria: tuple[Criterion, ...]

    @property
    def score(self) -> float | None:
        """Out of ten, over what could be judged; None where nothing could."""
        judged = [(c.weight, c.share) for c in self.criteria if c.share is not None]
        whole = sum(weight for weight, _ in judged)
        return TEN * sum(weight * share for weight, share in judged) / whole if judged else None

    def gain(self, line: Criterion) -> float:
        """Points this reviewer would add if one criterion were met in full."""
        whole = sum(c.weight for c in self.criteria if c.share is not None)
        return 0.0 if line.share is None else TEN * line.weight * (1 - line.share) / whole


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What would raise the mean, and by how much at most."""

    reviewer: str
    text: str
    gain: float


@dataclass(frozen=True, kw_only=True)
class Review:
    opinions: tuple[Opinion, ...]

    @property
    def scores(self) -> list[float]:
        return [opinion.score for opinion in self.opinions if opinion.score is not None]

    @property
    def mean(self) -> float | None:
        return mean(self.scores) if self.scores else None

    @property
    def spread(self) -> float | None:
        """Standard deviation between the reviewers: how uneven the report is, not an error."""
        return stdev(self.scores) if len(self.scores) > 1 else None

    @property
    def advice(self) -> list[Advice]:
        """The largest gains of the mean first."""
        n = len(self.scores)
        found = [
            Advice(reviewer=opinion.label, text=line.raise_by, gain=opinion.gain(line) / n)
            for opinion in self.opinions
            for line in opinion.criteria
            if line.raise_by and opinion.gain(line) > 0
        ]
        return sorted(found, key=lambda one: -one.gain)[:MOST_ADVICE]


def score_words(score: float | None) -> str:
    return "not judged" if score is None else f"{score:.1f}"


def points_words(line: Criterion) -> str:
    """Points reached and points there are.

    >>> points_words(Criterion(asks="?", weight=4, share=0.5, found=""))
    '2.0 of 4'
    """
    return "–" if line.share is None else f"{line.weight * line.share:.1f} of {line.weight:g}"


def lines(opinion: Opinion) -> list[tuple[str, str]]:
    """Points and words of each criterion; what cannot be judged for one reason is said once."""
    told: list[tuple[str, str]] = []
    together: dict[str, list[str]] = {}
    for line in opinion.criteria:
        if line.share is not None:
            told.append((points_words(line), f"{line.asks} {_sentence(line.found)}"))
        else:
            together.setdefault(line.found, []).append(line.asks)
    told += [("–", f"{' '.join(asks)} {_sentence(why)}") for why, asks in together.items()]
    return told


def _sentence(found: str) -> str:
    """A reason as a sentence.

    >>> _sentence("it quotes nothing"), _sentence("no protocol: python -m verifier verify --all")
    ('It quotes nothing.', 'No protocol: python -m verifier verify --all')
    """
    end = "" if ": python -m " in found else "."
    return f"{found[:1].upper()}{found[1:].removesuffix('.')}{end}"


def headline(found: Review) -> str:
    """The mean with its spread, in a sentence."""
    if found.mean is None:
        return "No reviewer could judge anything."
    spread = "" if found.spread is None else f", spread between reviewers {found.spread:.1f}"
    n = len(found.scores)
    return (
        f"Mean {found.mean:.1f} of 10 over {n} of {len(found.opinions)} reviewers{spread}, from "
        f"{min(found.scores):.1f} to {max(found.scores):.1f}. It rates the report, not the truth "
        "of its claims."
    )


def as_json(found: Review) -> dict[str, Any]:
    """Everything a review says, for programs."""
    return {
        "mean": found.mean,
        "spread": found.spread,
        "reviewers": [
            {
                "name": opinion.name,
                "label": opinion.label,
                "asks": opinion.asks,
                "score": opinion.score,
                "criteria": [asdict(line) for line in opinion.criteria],
            }
            for opinion in found.opinions
        ],
        "advice": [asdict(one) for one in found.advice],
    }


def review(dossier: Dossier) -> Review:
    """Every reviewer of the folder on one report (or on all claims, where there is none)."""
    loaded = [(name, REVIEWERS.load(name)) for name in REVIEWERS]
    return Review(
        opinions=tuple(
            Opinion(name=name, label=one.LABEL, asks=one.ASKS, criteria=one.review(dossier))
            for name, one in loaded
        )
    )
