import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.judges.rules import judge
from verifier.verdict import Finding

LITERATURE = Path(__file__).resolve().parents[4] / "shared/literature"

FIVE = (
    "We present a comprehensive assessment of pretraining methodologies, covering five different "
    "contrastive and non-contrastive self-supervised learning objectives for ECG foundation "
    "models, and investigate their scaling behavior with pretraining dataset sizes up to 11M "
    "input samples, exclusively from publicly available sources."
)
CPC = (
    "Pretraining strategy has a meaningful and consistent impact on downstream performance, with "
    "contrastive predictive coding (slightly ahead of JEPA) yielding the most transferable "
    "representations across diverse clinical tasks."
)
SSM = (
    "We also compare model architectures across all pretraining methodologies and find evidence "
    "for a clear superiority of structured state space models compared to transformers and CNN "
    "models."
)
MOST = "Scaling pretraining data continues to yield meaningful improvements for most objectives."
CMP = "CG-DMER outperforms MERL and ST-MEM."
COUNT = "ECGBench covers four tasks across nine datasets."


@pytest.mark.parametrize(
    ("statement", "passage"),
    [
        ("The study covers five different pretraining methodologies.", FIVE),
        ("CPC (Contrastive Predictive Coding) shows the strongest and most transferable "
         "representations across diverse clinical ta", CPC),
        ("State space models (SSM) are confirmed as the superior architecture choice across all "
         "pretraining paradigms compared to transformers and CNN models.", SSM),
        ("ECGBench draws on nine datasets and covers four tasks.", COUNT),
        ("CG-DMER surpasses MERL.", CMP),
        ("MERL lags behind CG-DMER.", CMP),
        ("Masked autoencoders learn semantic features.",
         "We show that masked autoencoders learn semantic features."),
    ],
)  # fmt: skip
def test_a_plain_restatement_is_support(statement, passage):
    assert judge(statement, passage).finding is Finding.SUPPORTED


@pytest.mark.parametrize("pointer", ["It", "Our method", "This", "They"])
def test_a_claim_that_points_elsewhere_is_not_decided_by_its_own_words(pointer):
    said = f"{pointer} learns semantic features of heartbeats from raw signals."
    assert judge(said, said).finding is Finding.INCONCLUSIVE
    assert pointer.split()[0] in judge(said, said).reason


@pytest.mark.parametrize(
    ("statement", "passage"),
    [
        ("MERL outperforms CG-DMER.", CMP),  # direction
        ("CG-DMER lags behind MERL.", CMP),
        ("Transformers are ahead of state space models in pretraining strategies.", SSM),
        ("Every pretraining objective yields meaningful improvements with more data.", MOST),
        ("ECGBench covers four tasks across seven datasets.", COUNT),  # number
        ("S4 reaches an accuracy of 81% on CIFAR-10.", "S4 reaches 91% accuracy on CIFAR-10."),
        ("S4 does not improve ECG features.", "S4 improves ECG features."),  # negation
        ("CG-DMER outperforms MERL.", "CG-DMER does not outperform MERL."),
        ("CG-DMER outperforms MERL on all tasks.", "CG-DMER outperforms MERL on most tasks."),
    ],
)
def test_a_plain_denial_is_contradiction(statement, passage):
    assert judge(statement, passage).finding is Finding.CONTRADICTED


@pytest.mark.parametrize(
    ("statement", "passage"),
    [
        # another number, or the same with another bound, or for another thing
        ("The study covers six different pretraining methodologies.", FIVE),
        ("The study covers five different datasets.", FIVE),
        ("Fruit increases the risk of type 2 diabetes.", "Fruit and the risk of type 2 diabetes."),
        # swapped entities
        ("JEPA yields the most transferable representations across diverse clinical tasks.", CPC),
        ("CG-DMER outperforms S4.", CMP),
        ("data2vec improves JEPA.", "CPC, unlike data2vec, improves JEPA."),
        # hedged, asked, denied or reported of others
        ("CG-DMER outperforms MERL.", "CG-DMER may outperform MERL."),
        ("CG-DMER outperforms MERL.", "Does CG-DMER outperform MERL?"),
        ("CG-DMER outperforms MERL.", "It is unclear whether CG-DMER outperforms MERL."),
        ("CG-DMER outperforms MERL.", "Prior work claims that CG-DMER outperforms MERL."),
        # restricted or weakened
        ("CG-DMER outperforms MERL.", "CG-DMER outperforms MERL only on small datasets."),
        ("CG-DMER consistently outperforms MERL.", "CG-DMER outperforms MERL."),
        ("MERL outperforms CG-DMER.", "CG-DMER outperforms MERL on small datasets."),
        # another role of the same count
        ("S4 was evaluated on five public datasets.", "S4 was trained on five public datasets."),
        ("S4 was trained on three public datasets.", "S4 was tested on five public datasets."),
        ("S4 uses two public datasets.", "S4 uses five datasets."),  # two may be among the five
        # another field, or another scope
        ("ECGBench covers four tasks in music across nine datasets.", COUNT),
        ("ECGBench covers four tasks in music across seven datasets.", COUNT),
        (
            "Contrastive predictive coding yields the most transferable representations across "
            "diverse imaging tasks.",
            CPC,
        ),
        # right, but not stated here
        ("Deeper networks need more data.", "Our networks are deep."),
    ],
)
def test_what_is_not_stated_plainly_is_left_open(statement, passage):
    assert judge(statement, passage).finding is Finding.INCONCLUSIVE


@given(st.integers(2, 99), st.integers(2, 99))
def test_a_count_is_supported_only_by_the_same_count(claimed, said):
    finding = judge(
        f"ECGBench covers {claimed} clinical tasks.", f"ECGBench covers {said} clinical tasks."
    ).finding
    assert (finding is Finding.SUPPORTED) == (claimed == said)


NAMES = st.sampled_from(["CPC", "JEPA", "data2vec", "MERL", "CG-DMER", "S4"])


@given(NAMES, NAMES, NAMES, NAMES)
def test_a_comparison_is_supported_only_by_the_same_two_in_the_same_order(a, b, c, d):
    finding = judge(f"{a} outperforms {b}.", f"{c} outperforms {d}.").finding
    if finding is Finding.SUPPORTED:
        assert (a, b) == (c, d)
    if finding is Finding.CONTRADICTED:
        assert (a, b) == (d, c)


def abstracts() -> dict[str, list[str]]:
    if not LITERATURE.exists():
        pytest.skip(f"{LITERATURE} is not here")
    lines = (LITERATURE / "arxiv.jsonl").read_text("utf-8").splitlines()
    papers = [json.loads(line) for line in lines]
    return {p["arxiv_id"]: re.split(r"(?<=[.?])\s+(?=[A-Z])", p["abstract"]) for p in papers}


def labelled() -> list[dict[str, str]]:
    lines = (LITERATURE / "gold_dev.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_no_decision_on_the_labelled_claims_is_wrong():
    papers = abstracts()
    decided = [
        (one["id"], said, one["label"])
        for one in labelled()
        for said in {judge(one["claim"], text).finding for text in papers[one["arxiv_id"]]}
        if said is not Finding.INCONCLUSIVE
    ]
    assert [one for one in decided if one[1] != one[2]] == []
    assert len(decided) >= 4


def test_the_abstract_of_another_paper_decides_nothing():
    papers = abstracts()
    wrong = [
        (one["claim"], text)
        for one in labelled()
        for paper, sentences in papers.items()
        if paper != one["arxiv_id"]
        for text in sentences
        if judge(one["claim"], text).finding is not Finding.INCONCLUSIVE
    ]
    assert wrong == []


def test_a_sentence_with_its_number_changed_or_negated_is_never_supported_by_the_original():
    wrong = []
    for text in (sentence for paper in abstracts().values() for sentence in paper):
        changed = [
            re.sub(r"\b\d[\d.]*", lambda found: found.group().rstrip(".") + "7", text),
            re.sub(r"\b(is|are|show|outperforms?|achieves?)\b", r"\1 not", text, count=1),
            re.sub(r"\b(most|some|three|several)\b", "all", text),
        ]
        wrong += [
            (other, text)
            for other in changed
            if other != text and judge(other, text).finding is Finding.SUPPORTED
        ]
    assert wrong == []


SIZES = "We study scaling with pretraining dataset sizes up to 11M input samples."


def test_a_rounded_largest_number_agrees_with_more_than_it():
    said = judge("The pretraining corpus holds more than 11 million samples.", SIZES)
    assert said.finding is Finding.SUPPORTED
    assert "rounded" in said.reason


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("The pretraining corpus holds more than 12 million samples.", SIZES),
        ("The pretraining corpus holds more than 11 million patients.", SIZES),
        ("The test corpus holds more than 11 million samples.", SIZES),
        ("The private pretraining corpus holds more than 11 million samples.", SIZES),
        ("The pretraining corpus holds less than 11 million samples.", SIZES),
        ("The dataset holds more than 12 tasks.", "We study a dataset of up to 12 tasks."),
        ("The corpus holds more than 1,234,567 samples.", "A corpus of up to 1,234,567 samples."),
    ],
)
def test_what_is_not_rounded_or_not_the_same_thing_agrees_with_no_bound(claim, passage):
    assert judge(claim, passage).finding is Finding.INCONCLUSIVE
