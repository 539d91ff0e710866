"""A rule on bounds: a claim says "above 0.9", the passage gives the number. Pure.

Passage and claim must be the same sentence but for that number (_frames.py). The number must lie
wholly on one side of the bound, with its rounding and its interval (_amounts.py). Who it is said of
must have a name; what contradicts must also say where, unless it counts what belongs to a thing, as
its parameters do: an AUROC of another data set is no contradiction.
"""

from dataclasses import replace
from math import isfinite

from verifier.judges import Judgement
from verifier.judges._amounts import Amount
from verifier.judges._frames import CONSIST, HERE, STUDY, TAKING, Frame, form, frames
from verifier.judges._opinions import contradicted, supported
from verifier.judges._pair import Pair
from verifier.judges._subjects import METRICS, SHARES

WHERE = frozenset("on for at across among over".split())  # heads that say where it was measured
TRAINED = frozenset(map(form, "pretrained trained evaluated tested validated".split()))
MEANS = frozenset((form(word),) for word in "labels annotations examples".split())
TIMES, TIMES_MORE = "times", "times more"
TYPO = 1.1  # a share below so many percent is more likely a fraction with a wrong sign


def number_at_a_bound(pair: Pair) -> Judgement | None:
    """The passage gives the number that the claim bounds, of the same thing in the same words."""
    bounded = [frame for frame in frames(pair.statement) if frame.amount.is_bounded]
    if len(bounded) != 1:
        return None
    claimed = bounded[0]
    same = [frame for frame in frames(pair.passage) if _are_alike(frame, claimed)]
    if len(same) != 1:
        return None
    limit, given = _amount(claimed), _amount(same[0])
    if limit is None or given is None:
        return None
    given = _widened(given)
    if _is_kept(_tightened(limit), given) and _may_support(claimed, same[0]):
        return supported("The passage gives the number, and it keeps to the claim's bound.")
    if _is_broken(_widened(limit), given) and _may_contradict(claimed, same[0]):
        return contradicted("The passage gives the number, and it breaks the claim's bound.")
    return None


def _are_alike(one: Frame, other: Frame) -> bool:
    return one.parts == other.parts and one.ahead == other.ahead


def _amount(frame: Frame) -> Amount | None:
    return _in_percent(frame.amount) if _shares(frame) else frame.amount


def _is_kept(limit: Amount, given: Amount) -> bool:
    return limit.unit == given.unit and limit.holds(given)


def _is_broken(limit: Amount, given: Amount) -> bool:
    return limit.unit == given.unit and limit.excludes(given)


def _may_support(claimed: Frame, said: Frame) -> bool:
    if _is_a_value(claimed):
        return claimed.is_named or claimed.subject[:1] == (STUDY,)
    is_less = claimed.amount.bound in ("under", "most")
    is_fronted = claimed.is_fronted or said.is_fronted
    return _is_a_means(claimed) and is_less and claimed.is_named and not is_fronted


def _may_contradict(claimed: Frame, said: Frame) -> bool:
    if not _is_a_value(claimed) or not claimed.is_named:
        return False
    if _says_where(claimed):
        return True
    counts = _after(claimed) != () and claimed.amount.unit == ""
    return counts and claimed.is_past == said.is_past  # what it contained may have grown since


def _says_where(frame: Frame) -> bool:
    return any(part.head in WHERE and part != frame.place for part in frame.parts)


def _is_a_value(frame: Frame) -> bool:
    """What the sentence says is this amount, and not a condition under which it says more."""
    head, before, after = frame.place.head, _before(frame), _after(frame)
    if head in ("achieve", "with") and before:
        return before[-1].rstrip("s") in METRICS and not after
    if head == "achieve":
        return bool(after)
    if head == "be":
        return not before and (bool(after) or _shares(frame) or _says_where(frame))
    if head in ("by", "to"):
        return not before
    if head == "on":
        return not before and bool(after) and bool(TRAINED & set(frame.part("be")))
    if head == "":
        verb = before[-2:-1] if before[-1:] == ("of",) else before[-1:]
        return len(before) > 1 and bool(verb) and verb[0] in TAKING | {CONSIST}
    return False


def _is_a_means(frame: Frame) -> bool:
    """As "with fewer than 5 % of the labels": with 1 % keeps to it, with 10 % breaks nothing."""
    after = tuple(key for key in _after(frame) if key != "of")
    return frame.place.head == "with" and not _before(frame) and after in MEANS


def _before(frame: Frame) -> tuple[str, ...]:
    return frame.place.keys[: frame.place.keys.index(HERE)]


def _after(frame: Frame) -> tuple[str, ...]:
    return frame.place.keys[frame.place.keys.index(HERE) + 1 :]


def _shares(frame: Frame) -> bool:
    """Whether the amount is a share: its metric stands before it, or is the subject's."""
    keys = frame.subject if frame.place.head == "be" else _before(frame)
    return any(key.rstrip("s") in SHARES for key in keys)


def _in_percent(amount: Amount) -> Amount | None:
    """A share in percent; None where it cannot be seen whether it is given so."""
    ends = [end for end in (amount.low, amount.high) if isfinite(end)]
    if amount.unit == "%":
        return amount if max(ends) >= TYPO else None
    if amount.unit or max(ends) > 1 or min(ends) < 0:
        return None
    return replace(amount.times(100.0), unit="%")


def _widened(amount: Amount) -> Amount:
    """What is "2 times faster" is twice or three times as fast: people mean either."""
    if amount.unit != TIMES_MORE:
        return amount
    return replace(amount, high=amount.high + 1, unit=TIMES)


def _tightened(amount: Amount) -> Amount:
    """What is "more than 2 times faster" is kept for certain from three times as fast on."""
    if amount.unit != TIMES_MORE:
        return amount
    return replace(amount, low=amount.low + 1, unit=TIMES)
