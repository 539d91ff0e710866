"""What the words of a report mean, and how numbers read in one. Every format says the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from verifier.charts import number
from verifier.plural import plural
from verifier.verdict import Assessment, Certainty, Finding, Reason, Status, Witness

NONE = "—"
EARLIER = "by an earlier protocol"
LOWERED, LIMITED = "Certainty was lowered for:", "What limits it:"
TODAYS = "The experiment was decided by an earlier protocol; today's may come to something else."
ASKED = "Runs for it were still going on when this was written, so the status may change."

WHAT_THIS_IS = (
    "Replicheck asks two independent witnesses about each claim of a report: the literature (do "
    "the retrieved papers really say so?) and experiments (do models that we train ourselves "
    "behave so?). This document gives, for each claim, what they answered, how sure that makes "
    "us and why, and the command that checks it again."
)

STATUS_MEANINGS: Mapping[Status, str] = {
    Status.VERIFIED: (
        "Both witnesses support the claim; or it only says what a study did, and that study's own "
        "text, or two independent documents, say so."
    ),
    Status.SUPPORTED: (
        "One witness supports the claim and the other does not decide, or has not been asked; or "
        "only a secondary document says so."
    ),
    Status.CONTESTED: (
        "One witness supports the claim and the other contradicts it, or the finding turns round "
        "under a stress test."
    ),
    Status.REFUTED: "At least one witness contradicts the claim and none supports it.",
    Status.INCONCLUSIVE: "The witnesses were asked, and neither decides.",
    Status.UNCHECKED: "Nobody has been asked yet.",
}

FINDING_MEANINGS: Mapping[Finding, str] = {
    Finding.SUPPORTED: (
        "The literature says so; or the effect is larger than the smallest one that matters."
    ),
    Finding.CONTRADICTED: (
        "The literature says otherwise; or the effect is reversed, or too small to matter."
    ),
    Finding.INCONCLUSIVE: "Asked, and nothing decisive was found.",
    Finding.NOT_TESTABLE: "This witness could not be asked; the reason says why.",
}

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Confidence",
        "The probability that a witness's finding is right. For the literature it is the judge's, "
        "calibrated on labelled claims; for experiments, the probability, given the runs, that "
        "the effect lies on the side of delta that the finding says. The two are never blended: a "
        "status has the confidence of the witness that it rests on, of the weaker one where both "
        "bear on it; a contested claim has none, as one finding speaks against another.",
    ),
    (
        "Certainty",
        "How far new evidence could move the finding, in GRADE's four levels from high (⊕⊕⊕⊕) to "
        "very low (⊕○○○). Each reason to lower it is given: indirectness, imprecision, "
        "inconsistency, risk of bias, reporting bias.",
    ),
    (
        "Delta",
        "The smallest effect that matters, decided before the first run. An effect is positive "
        "on the claim's side.",
    ),
    (
        "Intervals",
        "An estimate is written 0.013 [0.002, 0.024]: the value and its 95 % interval, with n, the "
        "number of independent units behind it, and what they are.",
    ),
    (
        "Primary source",
        "A quotation from the very study that the claim is about, marked “primary”.",
    ),
    (
        "A dash",
        "Nothing was measured or said; the reason stands beside it. It never means 0.",
    ),
)

WITNESS_TITLES = {Witness.LITERATURE: "Literature", Witness.EXPERIMENT: "Experiment"}
WITNESS_QUESTIONS = {
    Witness.LITERATURE: "Do the retrieved documents say so?",
    Witness.EXPERIMENT: "Do our own runs agree?",
}

NUISANCES_TITLE = "How each nuisance moved the finding"
NUISANCES_NOTE = (
    "The same comparison with the arms that the nuisance changes, and without it, of the same "
    "seeds and sizes, by the claim's own rule."
)
CONFORMITY_TITLE = "Conformity of our training module: shown, not evidence"
CONFORMITY_NOTE = (
    "Whether the module that our experiments stand on follows the described setting. We wrote it "
    "to follow that setting, so agreement says nothing about whether the claim is true."
)

LIMITATIONS: tuple[str, ...] = (
    "Experiments are replications at reduced scale: small models, few records, short training. "
    "They can contradict a universal claim inside the regime they state, and never refute a result "
    "obtained at full scale.",
    "The literature witness knows the documents that it could retrieve, some of them only as "
    "abstracts. That it found nothing does not mean that nothing exists.",
    "Polarity is judged by a program. Each quotation stands here with its source, so that you can "
    "overrule it.",
    "Intervals cover the variation over seeds and test patients, not the choice of data set, "
    "architecture or tuning budget.",
)

LIKELIHOODS = (  # the least probability for each word, after the IPCC's scale
    (0.99, "virtually certain"),
    (0.90, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.10, "unlikely"),
    (0.0, "very unlikely"),
)


LITERATURE_SAYS: Mapping[Finding | None, str] = {
    Finding.SUPPORTED: "The literature supports it",
    Finding.CONTRADICTED: "The literature contradicts it",
    Finding.INCONCLUSIVE: "The literature does not decide",
    Finding.NOT_TESTABLE: "The literature could not be asked",
    None: "The literature has not been asked",
}
EXPERIMENT_SAYS: Mapping[Finding | None, str] = {
    Finding.SUPPORTED: "our own runs support it",
    Finding.CONTRADICTED: "our own runs contradict it",
    Finding.INCONCLUSIVE: "our own runs do not decide",
    Finding.NOT_TESTABLE: "our own runs cannot test it",
    None: "our own runs say nothing yet",
}


def act(done: str, reason: str) -> str:
    """What a step of the history was, with its reason.

    >>> act("withdrawn", "The seeds were fine."), act("decided", "")
    ('overruling withdrawn: The seeds were fine.', '—')
    """
    if done == "withdrawn":
        return f"overruling withdrawn: {reason}"
    return reason or NONE


def both_say(literature: Assessment | None, experiment: Assessment | None) -> str:
    """What the two findings are, in one sentence, and what else decided the status.

    >>> both_say(None, None)
    'The literature has not been asked; our own runs say nothing yet.'
    """
    read = LITERATURE_SAYS[literature.finding if literature else None]
    ran = EXPERIMENT_SAYS[experiment.finding if experiment else None]
    told = [f"{read}; {ran}."]
    if literature is not None and literature.is_secondary_only:
        told.append("Only a secondary document was found.")
    if experiment is not None and experiment.is_turned_by_stress:
        told.append("A stress arm turns the finding round.")
    return " ".join(told)


def metric_name(metric: str) -> str:
    """Name a metric in words.

    >>> metric_name("macro_auroc")
    'macro AUROC'
    """
    return metric.replace("_", " ").replace("auroc", "AUROC")


def percent(share: float) -> str:
    r"""Write a probability, never rounded up to certainty.

    >>> percent(0.873), percent(0.999), percent(0.001)
    ('87\xa0%', '>\xa099\xa0%', '<\xa01\xa0%')
    """
    if share > 0.99:
        return ">\N{NO-BREAK SPACE}99\N{NO-BREAK SPACE}%"
    if share < 0.01:
        return "<\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}%"
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def confidence(value: float | None, *, why_none: str = "") -> str:
    r"""Say a confidence in a word and a number, or why there is none.

    >>> confidence(0.97), confidence(None, why_none="the judge abstained")
    ('very likely, 97\xa0%', '— (the judge abstained)')
    """
    if value is None:
        return f"{NONE} ({why_none.rstrip('.')})" if why_none else NONE
    word = next(word for least, word in LIKELIHOODS if value >= least)
    return f"{word}, {percent(value)}"


def certainty(value: Certainty | None) -> str:
    """Write GRADE's level as a word and its four signs.

    >>> certainty(Certainty.LOW)
    'low ⊕⊕○○'
    """
    if value is None:
        return NONE
    n_signs = {Certainty.HIGH: 4, Certainty.MODERATE: 3, Certainty.LOW: 2, Certainty.VERY_LOW: 1}
    return f"{value.value} {'⊕' * n_signs[value]}{'○' * (4 - n_signs[value])}"


def lowering(reason: Reason) -> str:
    levels = plural(reason.levels, "level")
    return f"{reason.concern.value} (−{levels}): {reason.text}"


def limiting(reason: Reason) -> str:
    """Of a finding that has no certainty to be lowered."""
    return f"{reason.concern.value}: {reason.text}"


def reported(verified: bool | None, said: float | None, remarks: Sequence[str] = ()) -> str:
    """What a report says of its own claim; its number is not ours to round.

    >>> reported(False, 0.1), reported(True, None), reported(None, 0.996), reported(None, None)
    ('✗ not verified, 0.10', '✓ verified', 'confidence 0.996', '— (no verdict, no confidence)')
    >>> reported(None, None, ["the report says 'Mixed', which is neither verified nor not"])
    "— (the report says 'Mixed', which is neither verified nor not)"
    """
    more = "; ".join(remarks)
    if verified is None and said is None:
        return f"{NONE} ({more or 'no verdict, no confidence'})"
    mark = {True: "✓ verified", False: "✗ not verified", None: ""}[verified]
    sure = "" if said is None else number(said, max(2, len(f"{said:.6f}".rstrip("0")) - 2))
    told = ", ".join(part for part in (mark, sure) if part) if mark else f"confidence {sure}"
    return f"{told} ({more})" if more else told


def unbroken(text: str) -> str:
    """Keep a number and its interval on one line of a table's cell."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def moment(at: datetime) -> str:
    """A moment in UTC, as the clock gave it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
