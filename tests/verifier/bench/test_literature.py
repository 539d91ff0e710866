import json
from dataclasses import replace

import numpy as np
import pytest

from models.text import weights
from verifier.__main__ import main
from verifier.bench._cases import of_gold
from verifier.bench.literature import Answer, Paths, _shown, measures
from verifier.claim import InputError
from verifier.document import Document, Passage
from verifier.literature import stack
from verifier.literature.weighing import Weighing
from verifier.verdict import Finding


def answer(case: int, right: int, probabilities: list[float], **more: object) -> Answer:
    return Answer(
        **{"case": case, "right": right, "probabilities": np.array(probabilities)}
        | {"hits": None, "ranks": None, "shown": stack.shown(np.array(probabilities))[0]}
        | more
    )


SURE = [answer(i, i % 3, list(0.95 * np.eye(3)[i % 3] + 0.05 / 3)) for i in range(30)]


def test_who_is_always_right_and_sure_scores_one_and_is_decided_in_two_thirds():
    found = measures(SURE)
    for name in ("macro_f1", "accuracy_at_30", "accuracy_at_50", "decisive_accuracy"):
        assert found[name]["value"] == 1
    assert found["decisive_share"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["decisive_accuracy"]["low"] < 1, "twenty cases prove no certainty"


def test_what_is_held_back_from_a_person_counts_as_left_open():
    held = [replace(each, shown=Finding.INCONCLUSIVE) for each in SURE[:10]]
    found = measures([*held, *SURE[10:]])
    assert found["decisive_share"]["value"] == pytest.approx(13 / 30, abs=1e-3)
    assert found["accuracy_at_50"]["value"] == 1, "what was said is measured as it was said"


def said_by_one_passage(text: str, probabilities: list[float]) -> Weighing:
    passage = Passage(document_id=1, start=0, end=len(text), text=text)
    return Weighing(
        place=0, passages=(passage,), evidence=(0.9,), probabilities=np.array(probabilities)
    )


def paper_of(text: str) -> Document:
    return Document(key="k", title="T", text=text, source="s")


@pytest.mark.parametrize(
    ("passage", "shown"),
    [
        ("In most people attacks ended soon after taking the drug.", Finding.SUPPORTED),
        ("Sumatriptan may relieve migraine.", Finding.INCONCLUSIVE),
    ],
)
def test_what_something_speaks_against_is_measured_as_it_is_shown(passage, shown):
    said = said_by_one_passage(passage, [0.95, 0.02, 0.03])
    assert _shown("Sumatriptan relieves migraine.", said, paper_of(passage)) is shown
    unsure = said_by_one_passage(passage, [0.6, 0.1, 0.3])
    told = _shown("Sumatriptan relieves migraine.", unsure, paper_of(passage))
    assert told is Finding.INCONCLUSIVE


def test_what_its_document_takes_back_is_measured_as_left_open():
    said = said_by_one_passage("Sumatriptan relieves migraine.", [0.95, 0.02, 0.03])
    paper = paper_of("Sumatriptan relieves migraine. This finding could not be reproduced.")
    assert _shown("Sumatriptan relieves migraine.", said, paper) is Finding.INCONCLUSIVE


def test_the_calibration_error_is_the_gap_between_saying_and_being_right():
    said = [answer(i, int(i >= 5), [0.8, 0.15, 0.05]) for i in range(10)]
    assert measures(said)["expected_calibration_error"]["value"] == pytest.approx(0.3)


def test_what_cannot_be_counted_is_none_and_never_zero():
    found = measures(SURE)
    for name in ("recall_at_3", "sentence_hit_at_1", "polarity_accuracy"):
        assert found[name] == {"value": None, "low": None, "high": None, "n": 0}


def test_recall_is_the_mean_over_claims_of_the_share_found():
    two = [answer(0, 0, [1, 0, 0], ranks=r, hits=(1.0, 1.0)) for r in (0, 5)]
    one = [answer(1, 0, [1, 0, 0], ranks=2, hits=(0.0, 1.0))]
    found = measures([*two, *one])
    assert found["recall_at_3"]["value"] == pytest.approx(0.75)
    assert (found["recall_at_10"]["value"], found["recall_at_10"]["n"]) == (1, 2)
    assert found["sentence_hit_at_1"]["value"] == pytest.approx(2 / 3, abs=1e-3)


PAPERS = [
    {"arxiv_id": "1", "title": "Aspirin and the heart",
     "abstract": "We tested aspirin. It lowered the risk of heart attack."},
    {"arxiv_id": "2", "title": "Whales", "abstract": "Whales sing. Their songs travel far."},
]  # fmt: skip
GOLD = [
    {"id": "a", "claim": "Aspirin lowers the risk of heart attack.", "arxiv_id": "1",
     "label": "supported", "rationale": ["lowered the risk"]},
    {"id": "b", "claim": "Whales swim fast.", "arxiv_id": "2", "label": "not_enough_info",
     "rationale": []},
]  # fmt: skip


@pytest.fixture
def files(tmp_path):
    for name, entries in (("gold", GOLD), ("papers", PAPERS)):
        (tmp_path / name).write_text("\n".join(map(json.dumps, entries)))
    return tmp_path / "gold", tmp_path / "papers"


def test_a_rationale_is_the_sentence_it_begins_in(files):
    supported, silent = of_gold(*files).cases
    assert supported.pairs[0].gold == {1}
    assert silent.pairs[0].gold == frozenset()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"arxiv_id": "3"}, "has no abstract of 3"),
        ({"label": "maybe"}, "the label is 'maybe'; allowed: supported"),
        ({"rationale": ["raised the risk"]}, "1 does not say “raised the risk”"),
    ],
)
def test_a_label_that_the_papers_cannot_bear_is_refused_by_its_claim(files, change, says):
    files[0].write_text(json.dumps(GOLD[0] | change))
    with pytest.raises(InputError, match="Aspirin lowers the risk") as found:
        of_gold(*files)
    assert says in str(found.value)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (json.dumps(GOLD[0])[:40], "line 1 is no JSON"),
        ('\n{"claim": "A"}', "line 2 lacks arxiv_id, label, rationale"),
        ("[1]", "line 1 lacks claim"),
        ("\n", "holds no labelled claim"),
    ],
)
def test_a_line_that_is_no_labelled_claim_is_refused_by_its_number(files, written, says):
    files[0].write_text(written)
    with pytest.raises(InputError, match=says):
        of_gold(*files)


def test_half_a_pair_of_files_or_a_missing_one_is_refused(files):
    with pytest.raises(InputError, match="--gold with --papers"):
        Paths.given(None, None, str(files[0]), None)
    with pytest.raises(InputError, match="is not there"):
        Paths.given(None, None, str(files[0]), "nowhere")


@pytest.mark.skipif(bool(weights.missing()), reason=weights.missing() or "there")
def test_the_command_prints_one_document_with_every_measure(files, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("verifier.bench.literature.SHARED", tmp_path / "none")
    gold, papers = map(str, files)
    assert main(["bench", "literature", "--json", "--gold", gold, "--papers", papers]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"field", "judge", "claims_per_s"}
    assert set(said["field"]["macro_f1"]) == {"value", "low", "high", "n"}
    assert said["field"]["sentence_hit_at_1"] == {"value": 1, "low": 1, "high": 1, "n": 1}
    assert said["claims_per_s"] > 0
