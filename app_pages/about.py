"""What every word means, how verdicts are decided, and where everything is kept."""

import platform
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

import streamlit as st

from app_pages._cache import workspace
from app_pages._looks import CERTAINTY_MARKS
from app_pages._words import literal
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS, Look
from verifier.protocol import presets
from verifier.verdict import Certainty, CheckKind, Concern, Finding, Kind, Status
from verifier.workspace import VERSION

STATUSES: Mapping[Status, str] = {
    Status.VERIFIED: "Empirical: both witnesses support it. Descriptive: the study's own text "
    "says so, or two independent documents do.",
    Status.SUPPORTED: "One witness supports it; the other is inconclusive, could not be asked or "
    "was not asked yet. Descriptive: only a secondary document says so.",
    Status.CONTESTED: "One witness supports it and the other contradicts it, or a stress arm "
    "turns the finding round.",
    Status.REFUTED: "At least one witness contradicts it and none supports it.",
    Status.INCONCLUSIVE: "The witnesses were asked, and neither decides.",
    Status.UNCHECKED: "Nobody has been asked yet.",
}
FINDINGS: Mapping[Finding, str] = {
    Finding.SUPPORTED: "The documents say so; or the 95 % interval of the effect lies above the "
    "smallest effect that matters, in the claimed direction. Each look at a claim's runs may spend "
    "a part of these 5 % alone, the first one three quarters, so the interval that decides is "
    "wider than the one shown: 96 % at first, and more where seeds were added.",
    Finding.CONTRADICTED: "The documents say otherwise; or the 90 % interval, widened in the same "
    "way, lies below the smallest effect that matters: too small, or reversed.",
    Finding.INCONCLUSIVE: "Asked, and nothing decisive was found.",
    Finding.NOT_TESTABLE: "Could not be asked; the reason stands beside it.",
}
KINDS: Mapping[Kind, str] = {
    Kind.EMPIRICAL: "Something that happens when one trains and measures. Both are asked.",
    Kind.DESCRIPTIVE: "What a study did or is. Only the literature can answer; whether our own "
    "module follows the description is shown, never counted as evidence.",
}
CHECK_KINDS: Mapping[CheckKind, str] = {
    CheckKind.SOURCE_CHECK: "The quote was looked for at its place in the document.",
    CheckKind.REDUCED_REPLICATION: "The comparison was run, smaller than in the study. It never "
    "refutes a result of the full size; it can contradict a universal claim inside its own regime.",
    CheckKind.REPLICATION: "The comparison was run on the study's own terms.",
}
CERTAINTIES: Mapping[Certainty, str] = {
    Certainty.HIGH: "Further evidence is very unlikely to move the finding.",
    Certainty.MODERATE: "Further evidence may move it.",
    Certainty.LOW: "Further evidence is likely to move it.",
    Certainty.VERY_LOW: "The finding is hardly more than a first look.",
}
CONCERNS: Mapping[Concern, str] = {
    Concern.INDIRECTNESS: "other data, a smaller model or another measure than the claim's",
    Concern.IMPRECISION: "few seeds or patients, a wide interval",
    Concern.INCONSISTENCY: "members, seeds or documents disagree",
    Concern.RISK_OF_BIAS: "unequal tuning, leakage, selection",
    Concern.REPORTING_BIAS: "only its own authors speak, or only the best of many is told",
}
REMARKS: Mapping[str, str] = {
    "fragile": "A small change would turn what a witness says: half a standard error more or less "
    "of one deciding estimate, a stress arm, or the loss of the one document it hangs on.",
    "overruled": "A person's status, with a name and a reason, stands in place of ours until "
    "somebody withdraws it. What ours would be is shown beside it, and both stay in the history.",
    "earlier protocol": "The experiment was decided by another protocol than the one that tests "
    "the claim now; verifying again judges the runs by today's.",
    "cut off": "The claim ends in the middle of a word or sentence in its report.",
    "the report says": "The verdict and confidence that the imported report itself gives. Shown "
    "beside ours, never counted.",
    "relevance": "How likely a passage bears on the claim at all, whatever it says of it; where no "
    "language model reads, the share of the claim's words in it.",
    "withdrawn": "A source says the paper was retracted, withdrawn or is under concern: it settles "
    "nothing. A notice that says so of another paper is not read at all.",
    "removed from reading": "A person took the text out of the library. What was quoted from it "
    "stays in the history; verifying again leaves it out.",
    "match": "How well a reported sentence fits a known claim, of 100. Where numbers, names, "
    "directions or quantifiers differ it is a new claim, however alike the words.",
}
REVIEWS: Mapping[str, str] = {
    "review": "One person's judgement of a claim, with a reason, given before seeing anybody "
    "else's. It changes no status by itself.",
    "revision": "A later judgement by the same person, with the others in sight.",
    "Cohen's kappa": "How far two reviewers agree beyond what chance would give: 1 is always, 0 is "
    "as by chance. Only first judgements count, and the interval is wide while claims are few.",
}
RUN_WORDS: Mapping[str, str] = {
    "queued": "Waits for a worker.",
    "running": "A worker trains it now. If the worker falls silent for a minute, it is queued "
    "again and goes on from its last checkpoint.",
    "paused": "A person stopped it at a checkpoint; it waits until they resume it.",
    "lost": "Its worker fell silent; after a short wait it is queued again.",
    "succeeded": "It ended with measurements; it may still be invalid.",
    "failed": "It gave no result after all its attempts; the reason and the log stand with it.",
    "cancelled": "A person stopped it. Resume goes on from its last checkpoint.",
    "invalid": "Its embedding collapsed or its loss is not finite: shown, never averaged in.",
}
PACKAGES = ("streamlit", "torch", "sqlalchemy", "altair", "pandas", "numpy", "scipy")


def glossary(words: Iterable[tuple[StrEnum, str]]) -> None:
    for word, meaning in words:
        st.markdown(f"**{word.value.replace('_', ' ')}**: {meaning}")


def explain(look: Look, meaning: str) -> None:
    st.markdown(f":{look.badge}-badge[{look.material} {look.word}]\n\n{meaning}")


def terms(words: Mapping[str, str]) -> None:
    st.markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in words.items()))


def versions() -> dict[str, str]:
    """Read from the packages' metadata: importing torch here would be slow and is forbidden."""
    found = {"replicheck": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


st.title("What the words mean")
st.markdown(
    "Every claim is put to two witnesses that know nothing of each other. The **literature** is "
    "asked what the documents really say; **experiments** are asked what happens when we train "
    "it ourselves. Each gives a finding, a confidence and a certainty. They are never blended "
    "into one number: the status is a table of the two findings, and the headline confidence is "
    "that of the witness the status rests on, the weaker where both bear on it. A contested claim "
    "has none: one finding speaks against another."
)
left, right = st.columns(2, gap="large")
with left:
    st.subheader("Status of a claim")
    for status, meaning in STATUSES.items():
        explain(STATUS_LOOKS[status], meaning)
with right:
    st.subheader("Finding of a witness")
    for finding, meaning in FINDINGS.items():
        explain(FINDING_LOOKS[finding], meaning)
    st.subheader("Kinds of claim")
    glossary(KINDS.items())
    st.subheader("Kinds of check")
    glossary(CHECK_KINDS.items())

st.subheader("Confidence and certainty")
st.markdown(
    "**Confidence** is a probability: for the literature, of its finding, calibrated on labelled "
    "claims; for experiments, that the effect lies on the claim's side of the smallest effect "
    "that matters, given the runs. Where none can be given, the reason stands in its place, never "
    "a zero. **Certainty** says how far new evidence could move the finding (GRADE):"
)
levels = [f"- {CERTAINTY_MARKS[c]} **{c.value}**: {why}" for c, why in CERTAINTIES.items()]
st.markdown("\n".join(levels))
st.markdown("It starts high and is lowered for reasons that are listed with it:")
st.markdown("\n".join(f"- **{concern.value}**: {why}" for concern, why in CONCERNS.items()))

st.subheader("How an experiment decides")
st.markdown(
    "- A **protocol** is written before the first run: what is compared, by which measure, "
    "and the smallest effect that matters (delta). Its digest is kept with every assessment.\n"
    "- Arms are compared **paired**, over seeds and tasks; test noise comes from resampling "
    "patients.\n"
    "- A run whose embedding collapsed or whose loss is not finite is **invalid**: shown, never "
    "averaged in.\n"
    "- **Stress arms** change a nuisance that might explain the result; **controls** show what "
    "no pretraining gives.\n"
    "- Assessments and verdicts are only ever appended. A person may overrule with a reason; both "
    "stay visible."
)
remarks, reviews, runs = st.columns(3, gap="large")
with remarks:
    st.subheader("Beside a status")
    terms(REMARKS)
with reviews:
    st.subheader("Reviews by people")
    terms(REVIEWS)
with runs:
    st.subheader("Where a run stands")
    terms(RUN_WORDS)
st.subheader("How thorough")
offered = [f"- **{literal(p.name)}**: {literal(p.says)}" for p in presets().values()]
st.markdown("\n".join(offered))

st.subheader("Where everything is")
opened = workspace()
st.table(
    {
        "Folder": literal(str(opened.home)),
        "Database": literal(opened.database.writer.url.render_as_string(hide_password=True)),
        "Runs": literal(str(opened.runs_folder)),
        "Caches": literal(str(opened.cache_folder)),
    },
    border="horizontal",
    alt="Where the program keeps its state",
)
st.caption("Set VERIFIER_HOME or VERIFIER_DATABASE_URL to keep it elsewhere.")
st.subheader("Versions")
st.table(
    {name: literal(found) for name, found in versions().items()},
    border="horizontal",
    width="content",
    alt="Versions of the program and of what it stands on",
)
