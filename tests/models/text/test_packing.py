"""Lessons in flat arrays against the same questions cut one by one."""

import json
import lzma

import numpy as np
import pytest
import torch

from models.text import weights

if weights.missing():
    pytest.skip(weights.missing(), allow_module_level=True)

from models.text import heard, judge, packing, training
from models.text.__main__ import main
from models.text.documents import UNKNOWN, Marked
from models.text.pairs import CLASSES
from models.text.scifact import NEITHER, SUPPORTED

READ = [
    Marked("Tea helps.", ("We drank.", "Tea helped all of us."), SUPPORTED, frozenset({1}), "Tea"),
    Marked("Birds sing.", ("Whales sing.",), NEITHER, frozenset()),
    Marked("A beats B.", ("x y z", "B lost.", "It rained."), SUPPORTED, None),
]
LESSONS = [packing.Lesson(read=read, stage=k > 0, fold=k - 1) for k, read in enumerate(READ)]


def test_a_batch_is_what_cutting_the_same_texts_gives():
    packed = packing.Packed(packing.of_lessons(LESSONS), "cpu")
    chosen = np.array([2, 0])
    batch, labels, marks = packed.batch(chosen)
    wanted = judge.batched(judge.Pieces().tokens([READ[i].question() for i in chosen]))
    for name in ("ids", "mask", "segments"):
        assert torch.equal(getattr(batch.text, name), getattr(wanted.text, name)), name
    assert torch.equal(batch.places, wanted.places)
    assert labels.tolist() == [CLASSES.index(SUPPORTED)] * 2
    silent, said = CLASSES.index(NEITHER), CLASSES.index(SUPPORTED)
    assert marks.tolist() == [[UNKNOWN] * 3, [silent, said, UNKNOWN]]


def test_a_file_of_lessons_is_read_as_it_was_written(tmp_path):
    arrays = packing.of_lessons(LESSONS)
    packing.write(tmp_path / "l", {"lessons": arrays}, "how")
    parts, notes = packing.read(tmp_path / "l")
    assert notes == "how"
    assert all(np.array_equal(parts["lessons"][name], held) for name, held in arrays.items())
    assert parts["lessons"]["fold"].tolist() == [-1, 0, 1]


def test_each_batch_comes_once_and_no_lesson_of_the_fold_left_out():
    school = training.School(packing.of_lessons(LESSONS * 40), training.Recipe())
    every = np.arange(len(school.fold))
    kept = every[school.fold != 1]
    batches = list(school._batches([kept], 7))
    assert sorted(np.concatenate(batches)) == sorted(kept)
    assert max(map(len, batches)) == 7


def test_a_judge_learns_what_it_is_taught_and_the_start_is_left_alone():
    school = training.School(
        packing.of_lessons([packing.Lesson(read=READ[0], stage=0)] * 32),
        training.Recipe(n_first=1, first_batch=4, first_rate=1e-3),
    )
    start, _ = training.School(school_arrays(), training.Recipe(n_first=0)).first(1e9)
    before = start.of_whole.weight.clone()
    taught, steps = school.first(1e9)
    assert steps == 8
    (answer,) = judge.answers(taught, judge.Pieces(), [READ[0].question()])
    assert answer.whole.argmax() == CLASSES.index(SUPPORTED)
    assert torch.equal(start.of_whole.weight, before)


def school_arrays():
    return packing.of_lessons(LESSONS)


def test_a_time_that_is_too_short_ends_the_training_early():
    school = training.School(
        packing.of_lessons([packing.Lesson(read=READ[0], stage=0)] * 64),
        training.Recipe(n_first=1, first_batch=1),
    )
    _, steps = school.first(0.5)
    assert 0 < steps < 64


class CutError(Exception):
    """As if the machine had been switched off."""


def trained(state, said=None):
    """Two stages in three steps each, the state kept after every step."""

    def say(words):
        if said and words.startswith(said):
            raise CutError

    lessons = [packing.Lesson(read=READ[k % 3], stage=k % 2, fold=k % 3) for k in range(6)]
    recipe = training.Recipe(first_batch=1, batch=1, n_second=1, rate=1e-3)
    school = training.School(packing.of_lessons(lessons), recipe, say=say, state=state)
    start, _ = school.first(1e9)
    return start, school.second(start, 1e9, None)[0]


@pytest.mark.parametrize("cut", ["first: step 2 of 3", "every: step 3 of 3"])
def test_a_training_that_was_cut_off_ends_as_one_that_was_not(cut, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "KEEP", 0.0)
    monkeypatch.setattr(training, "REPORT", 1)
    start, whole = trained(None)
    with pytest.raises(CutError):
        trained(tmp_path, cut)
    heard = []
    monkeypatch.setattr(training.School, "_loss", counted(training.School._loss, heard))
    again, resumed = trained(tmp_path)
    assert len(heard) == 6 - (1 if cut.startswith("first") else 5)
    for one, other in ((start, again), (whole, resumed)):
        for name, value in one.trained().items():
            assert torch.equal(value, other.trained()[name]), name


def counted(loss, calls):
    def counting(*given):
        calls.append(given)
        return loss(*given)

    return counting


def test_the_state_of_another_training_is_not_taken_up(tmp_path):
    for seed in (0, 1):
        recipe = training.Recipe(n_first=1, first_batch=8, seed=seed)
        school = training.School(packing.of_lessons(LESSONS * 4), recipe, state=tmp_path)
        judge_, _ = school.first(1e9)
        fresh, _ = training.School(packing.of_lessons(LESSONS * 4), recipe).first(1e9)
        assert torch.equal(judge_.of_whole.weight, fresh.of_whole.weight)


def test_the_second_stage_leaves_the_lower_layers_as_they_are():
    lessons = [packing.Lesson(read=READ[k % 3], stage=1) for k in range(8)]
    recipe = training.Recipe(n_first=0, batch=4, n_second=1, n_kept=2)
    school = training.School(packing.of_lessons(lessons), recipe)
    start, _ = school.first(1e9)
    taught, steps = school.second(start, 1e9, None)
    assert steps == 2
    for name, value in start.trained().items():
        is_kept = name.startswith(("encoder.layers.0.", "encoder.layers.1."))
        assert torch.equal(value, taught.trained()[name]) == is_kept, name


CORPUS = [
    {"doc_id": i, "title": f"Vitamin D is needed for bone of kind {i}",
     "abstract": ["Mice were fed.", f"Bones of kind {i} were weaker in mice without vitamin D."]}
    for i in range(12)
]  # fmt: skip
CLAIMS = [
    {"id": i, "claim": f"Bone of kind {i} needs vitamin D.", "cited_doc_ids": [i],
     "evidence": {str(i): [{"sentences": [1], "label": "SUPPORT" if i % 2 else "CONTRADICT"}]}}
    for i in range(10)
]  # fmt: skip


INVENTED = {
    "title": "Tern", "sentences": ["Tern has 3 layers.", "It beats Gull on noise."],
    "claims": [
        {"claim": "Gull trails Tern on noise.", "label": "supported", "evidence": [1]},
        {"claim": "Tern was trained for a day.", "label": "not_enough_info", "evidence": []},
    ],
}  # fmt: skip


def test_from_the_files_to_a_judge_and_what_is_said_of_claims_it_never_saw(tmp_path, capsys):
    def lines(name, entries):
        (tmp_path / name).write_text("".join(json.dumps(each) + "\n" for each in entries))
        return str(tmp_path / name)

    fever = tmp_path / "fever.tsv.xz"
    with lzma.open(fever, "wt") as out:
        out.write("label\tclaim\tevidence\n" + "supported\tTea helps.\tIt helps.\n" * 3)
        out.write("contradicted\tTea is old.\tIt is new.\n" * 3)
    wanted = [{"claim": i, "document": i, "sentences": [0, 1]} for i in range(10)]
    files = ["--scifact", lines("claims", CLAIMS), "--corpus", lines("corpus", CORPUS)]
    few = ["n_worded=4", "n_mismatched=1", "n_restated=2", "n_epochs=1", "n_replayed=1"]
    few += ["n_reworded=1", "n_again=1", "n_fever=2"]
    wanted += [{"claim": -k, "document": -1, "sentences": [0, 1]} for k in (1, 2)]
    ours = tmp_path / "invented.jsonl.xz"
    with lzma.open(ours, "wt") as out:
        out.write(json.dumps(INVENTED) + "\n")
    prepared = [*files, "--fever", str(fever), "--invented", str(ours)]
    prepared += ["--ask", lines("ask", wanted)]
    lessons, out, said = (str(tmp_path / name) for name in ("lessons", "judge", "heard"))
    assert main(["prepare", *prepared, "--out", lessons, "--set", *few]) == 0
    trained = ["--lessons", lessons, "--out", out, "--heard", said]
    assert main(["train", *trained, "--seconds", "5"]) == 0
    read = [json.loads(line) for line in (tmp_path / "heard").read_text().splitlines()]
    assert sorted(each["claim"] for each in read) == [-2, -1, *range(10)]
    assert all(np.shape(each["by_sentence"]) == (2, 3) for each in read)
    assert judge.load(tmp_path / "judge").of_whole.weight.shape == (3, 768)
    assert "every: " in capsys.readouterr().err


def test_a_question_about_what_is_not_there_is_named(tmp_path):
    (tmp_path / "ask").write_text('{"claim": 1, "document": 2}')
    with pytest.raises(ValueError, match="line 1: KeyError"):
        heard.asked(tmp_path / "ask")
    with pytest.raises(ValueError, match="claim 1, abstract 2"):
        list(heard.matching([heard.Asked(1, 2, (0,))], [], {}))
