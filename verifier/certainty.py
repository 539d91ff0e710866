"""GRADE for our own experiments: reasons to lower certainty, each with its number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.plural import plural
from verifier.statistics.questions import Question
from verifier.verdict import Concern, Estimate, Nuisance, Reason

FEW_SEEDS = 10  # below this a t interval is wide, and its width itself uncertain


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What our runs were made on, as against what the claim is about."""

    is_synthetic: bool
    n_records: int  # in the training folds
    is_tuned: bool  # every arm had the same, stated, tuning budget
    n_runs: int = 0
    n_invalid: int = 0  # of them, collapsed or not finite
    made_apart: str = ""  # which arms were made on different machines, in words


def reasons(
    setting: Setting,
    *,
    members: Sequence[Estimate],
    questions: Sequence[Question],
    controls: Sequence[Estimate],
    n_seeds: int,
    nuisances: Sequence[Nuisance] = (),
) -> tuple[Reason, ...]:
    """Reasons to go down from high; `questions` are what the check asked of the members."""
    found = [*_indirectness(setting)]
    crossing = [asked for asked in questions if _crosses(asked)]
    if crossing:
        widest = max(crossing, key=lambda asked: asked.estimate.high - asked.estimate.low)
        found.append(
            Reason(
                concern=Concern.IMPRECISION,
                text=(
                    f"{len(crossing)} of {len(questions)} intervals cross what decides, the widest "
                    f"of them {widest.estimate.high - widest.estimate.low:.3f} wide around "
                    f"{widest.turned * widest.threshold:g}."
                ).replace("-", "−"),
            )
        )
    elif n_seeds < FEW_SEEDS:
        found.append(
            Reason(concern=Concern.IMPRECISION, text=f"Only {n_seeds} seeds for each arm.")
        )
    signs = {member.value > 0 for member in members}
    if len(signs) == 2:
        found.append(
            Reason(
                concern=Concern.INCONSISTENCY,
                text=(
                    f"{sum(m.value > 0 for m in members)} of {len(members)} effects point to the "
                    "claim's side, the others away from it."
                ),
            )
        )
    if not setting.is_tuned:
        found.append(
            Reason(
                concern=Concern.RISK_OF_BIAS,
                text="All arms share 1 learning rate, which may suit some better than others.",
            )
        )
    if setting.n_invalid:
        found.append(
            Reason(
                concern=Concern.RISK_OF_BIAS,
                text=(
                    f"{setting.n_invalid} of {setting.n_runs} runs are invalid and left out with "
                    "their pairs, which may favour arms that fail less."
                ),
            )
        )
    if setting.made_apart:
        found.append(
            Reason(
                concern=Concern.RISK_OF_BIAS,
                text=(
                    f"Arms were made on different machines or versions, which shifts a score by "
                    f"itself: {setting.made_apart}."
                ),
            )
        )
    return (*found, *_untried(nuisances), *_unlearned(controls))


def _crosses(asked: Question) -> bool:
    low, high = asked.effect.interval(0.95)
    return low < asked.threshold < high


def _indirectness(setting: Setting) -> list[Reason]:
    if setting.is_synthetic:
        return [
            Reason(
                concern=Concern.INDIRECTNESS,
                text=(
                    f"{setting.n_records:,} synthetic ECGs and small encoders, where the claim "
                    "speaks of recorded ones."
                ),
                levels=2,
            )
        ]
    return [
        Reason(
            concern=Concern.INDIRECTNESS,
            text=(
                f"One data set with {setting.n_records:,} training records and small encoders, "
                "where the claim speaks of up to 11 million records."
            ),
        )
    ]


def _untried(nuisances: Sequence[Nuisance]) -> list[Reason]:
    """What the protocol says might explain the result, and nobody has looked at."""
    open_ones = sum(not each.is_judged for each in nuisances)
    if not open_ones:
        return []
    return [
        Reason(
            concern=Concern.RISK_OF_BIAS,
            text=(
                f"{open_ones} of {len(nuisances)} nuisances that might explain the result were "
                "not tried, or not to the end."
            ),
        )
    ]


def _unlearned(controls: Sequence[Estimate]) -> list[Reason]:
    """Arms that do not beat a random encoder tell little about what pretraining does."""
    unproven = [control for control in controls if control.low <= 0]
    if not unproven:
        return []
    return [
        Reason(
            concern=Concern.INDIRECTNESS,
            text=(
                f"In {len(unproven)} of {plural(len(controls), 'comparison')} with a random "
                "encoder pretraining is not shown to beat it, so it may be too short to tell."
            ),
        )
    ]
