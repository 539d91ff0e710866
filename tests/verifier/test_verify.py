"""Whole verifications on planted runs: from claim files to verdicts."""

import threading
from functools import partial

import pytest

from tests.verifier.planted import carry_out, predictions, result
from verifier import protocol, verify
from verifier.claim import InputError
from verifier.document import Document
from verifier.encoder import Encoder, EncoderError
from verifier.reading import Reader
from verifier.verdict import Certainty, Concern, Finding, Status, Witness
from verifier.web import Door
from verifier.workspace import open_workspace

# of arms a, b and c of conftest.WORLD; c is better than a by about delta, which nothing decides
SKILL = {3e-3: 2.0, 2e-3: 0.7, 1e-3: 2.2}


def skill(run) -> float:
    return SKILL[run.task["learning_rate"]] if run.task["n_updates"] else 0.3


@pytest.fixture
def world(planted_claims, workspace):
    return workspace


def verified(workspace, *ids: str, skill=skill, invalid=lambda run: False, preset="planted"):
    """Ask, plan, carry out by decree, and tend to the end."""
    verify.request(workspace, list(ids), preset=preset, data="synthetic")
    tended = workspace.verifications.claim("test")
    carried: list[int] = []

    def sleep(_seconds: float) -> None:
        carried.extend(run.id for run in carry_out(workspace.queue, skill, invalid=invalid))

    verify.tend(workspace, tended, door=Door(), sleep=sleep)
    return carried


def experiment(workspace, claim_id: str):
    return workspace.archive.latest(claim_id, Witness.EXPERIMENT).assessment


def test_a_true_a_false_and_an_undecidable_claim_are_told_apart(world):
    verified(world, "T-TRUE", "T-FALSE", "T-OPEN")
    assert experiment(world, "T-TRUE").finding is Finding.SUPPORTED
    assert experiment(world, "T-FALSE").finding is Finding.CONTRADICTED
    assert experiment(world, "T-OPEN").finding is Finding.INCONCLUSIVE
    statuses = [world.archive.claim(i).verdict.status for i in ("T-TRUE", "T-FALSE", "T-OPEN")]
    assert statuses == [Status.SUPPORTED, Status.REFUTED, Status.INCONCLUSIVE]


@pytest.fixture
def far_claim(planted_claims):
    told = (planted_claims / "T-FALSE.toml").read_text()
    beyond = told.replace("[protocol]", '[protocol]\nbeyond = "widths of 512"', 1)
    (planted_claims / "T-FAR.toml").write_text(beyond)


def test_a_claim_about_what_no_run_reaches_is_not_refuted_by_its_like(far_claim, workspace):
    verified(workspace, "T-FALSE", "T-FAR")
    near, far = experiment(workspace, "T-FALSE"), experiment(workspace, "T-FAR")
    assert (near.finding, far.finding) == (Finding.CONTRADICTED, Finding.INCONCLUSIVE)
    assert [e.value for e in far.estimates] == [e.value for e in near.estimates], "still shown"
    assert far.confidence is None
    assert "about widths of 512, which no run of ours reaches" in far.reason
    assert workspace.archive.claim("T-FAR").verdict.status is Status.INCONCLUSIVE


def test_an_assessment_can_be_doubted_and_repeated(world):
    verified(world, "T-TRUE")
    said = experiment(world, "T-TRUE")
    assert said.command == "python -m verifier verify T-TRUE --preset planted --data synthetic"
    assert said.protocol_hash
    assert len(said.run_ids) == 15
    assert "5 seeds" in said.scope
    assert "150 patients" in said.scope
    assert said.certainty is Certainty.VERY_LOW
    assert Concern.INDIRECTNESS in {reason.concern for reason in said.reasons}
    roles = ["member", "control", "description", "description"]
    assert [e.role for e in said.estimates] == roles, "the error of each arm is told as well"


@pytest.fixture
def two_controls(planted_claims):
    path = planted_claims / "T-TRUE.toml"
    one = '{ name = "random encoder", changes = { n_updates = 0 } }'
    other = one.replace("encoder", "encoder, shuffled labels").replace("= 0", "= 0, batch_size = 8")
    path.write_text(path.read_text().replace(one, f"{one}, {other}"))


def test_pretraining_has_to_beat_the_random_encoder_and_not_shuffled_labels(
    two_controls, workspace
):
    verified(workspace, "T-TRUE", skill=lambda run: 0.3)
    said = experiment(workspace, "T-TRUE")
    assert [e.role for e in said.estimates].count("control") == 2
    (reason,) = (each.text for each in said.reasons if "pretraining" in each.text)
    assert reason.startswith("In 1 of 1 comparison with a random encoder")


def test_a_second_verification_computes_nothing_and_adds_no_history(world):
    assert verified(world, "T-TRUE")
    assert verified(world, "T-TRUE") == []
    assert len(world.archive.assessments("T-TRUE")) == 2, "one for each witness"
    assert len(world.archive.verdicts("T-TRUE")) <= 2


def test_claims_share_the_runs_they_have_in_common(world):
    verified(world, "T-TRUE")
    assert verified(world, "T-FALSE") != [], "only its own control is new"
    assert len(world.queue.runs()) == 20
    shared = set(experiment(world, "T-TRUE").run_ids) & set(experiment(world, "T-FALSE").run_ids)
    assert len(shared) == 10


def test_a_run_that_failed_leaves_its_claim_undecided_and_is_named(world):
    verify.request(world, ["T-TRUE"], preset="planted", data="synthetic")
    tended = world.verifications.claim("test")

    def sleep(_seconds: float) -> None:
        if (run := world.queue.claim("planted")) is not None:
            world.queue.fail(run, error="out of memory", may_retry=False)
        carry_out(world.queue, skill)

    verify.tend(world, tended, door=Door(), sleep=sleep)
    said = experiment(world, "T-TRUE")
    assert (said.finding, said.confidence) == (Finding.INCONCLUSIVE, None)
    assert "out of memory" in said.reason
    assert "1 of 15 runs gave no valid result" in world.verifications.get(tended.id).message


def test_collapsed_runs_are_left_out_and_never_averaged_in(world):
    verified(world, "T-TRUE", invalid=lambda run: run.task["seed"] == 0)
    said = experiment(world, "T-TRUE")
    assert {e.n for e in said.estimates} == {4}


def test_retrying_the_failed_run_completes_the_assessment(world):
    test_a_run_that_failed_leaves_its_claim_undecided_and_is_named(world)
    (failed,) = world.queue.runs(states=["failed"])
    world.queue.retry(failed.id, actor="me")
    assert verified(world, "T-TRUE") == [failed.id]
    assert experiment(world, "T-TRUE").finding is Finding.SUPPORTED


def test_nothing_to_read_is_said_and_is_not_a_finding(world):
    verified(world, "T-TRUE")
    said = world.archive.latest("T-TRUE", Witness.LITERATURE).assessment
    assert said.finding is Finding.NOT_TESTABLE
    assert "VERIFIER_OFFLINE" in said.reason
    assert "documents add" in said.reason


def test_a_language_model_that_fails_leaves_the_reading_to_shared_words(world, monkeypatch):
    text = "The study covers five pretraining methodologies. It is long."
    world.archive.put_documents(
        [Document(key="arxiv:2605.12241", title="The study", text=text, source="file")]
    )

    def broken(self, texts):
        raise EncoderError("out of memory")

    monkeypatch.setattr(Encoder, "embed", broken)
    verified(world, "C01")
    said = world.archive.latest("C01", Witness.LITERATURE).assessment
    assert said.finding is Finding.SUPPORTED
    assert "weighed by" not in said.scope


def test_a_document_removed_while_it_is_read_is_left_out_by_reading_once_more(world, monkeypatch):
    wrong = Document(
        key="arxiv:2605.12241",
        title="The study",
        text="The study covers five pretraining methodologies.",
        source="file",
    )
    (wrong,) = world.archive.put_documents([wrong])
    read = Reader.assess

    def removed_after_reading(self, claim):
        said = read(self, claim)
        if not world.removals.removed():
            assert said.finding is Finding.SUPPORTED
            world.removals.remove(wrong.id, author="anna", reason="wrong file")
        return said

    monkeypatch.setattr(Reader, "assess", removed_after_reading)
    verified(world, "C01")
    said = world.archive.latest("C01", Witness.LITERATURE).assessment
    assert (said.finding, said.evidence) == (Finding.NOT_TESTABLE, ())
    assert world.archive.claim("C01").verdict.status is not Status.SUPPORTED


def test_a_descriptive_claim_shows_conformity_and_draws_nothing_from_it(world):
    verified(world, "C10")
    said = experiment(world, "C10")
    assert said.finding is Finding.NOT_TESTABLE
    assert "Descriptive" in said.reason
    four = next(row for row in said.conformity if row["fact"] == "stem.n_convolutions")
    assert (four["found"], four["holds"]) == (4, True)
    unknown = next(row for row in said.conformity if row["fact"] == "stem.kernels")
    assert (unknown["found"], unknown["holds"]) == (None, None)
    assert unknown["reason"]
    assert world.archive.claim("C10").verdict.status is Status.INCONCLUSIVE


def test_a_claim_no_protocol_tests_says_why(world, planted_claims):
    text = 'statement = "A beats B."\nkind = "empirical"\nuntested_because = "Nobody has an A."\n'
    (planted_claims / "T-NONE.toml").write_text(text, encoding="utf-8")
    protocol._read_folders.cache_clear()
    world = open_workspace()
    verified(world, "T-NONE")
    assert experiment(world, "T-NONE").reason == "Nobody has an A."
    world.archive.choose_protocol("C03", None)
    verified(world, "C03")
    assert "No bundled protocol tests this claim" in experiment(world, "C03").reason


def test_a_chosen_protocol_tests_a_claim_under_its_own_name(world):
    world.archive.choose_protocol("C07", "T-TRUE")
    verified(world, "C07")
    said = experiment(world, "C07")
    assert (said.claim_id, said.protocol_id) == ("C07", "T-TRUE")
    assert said.finding is Finding.SUPPORTED


def test_cancelling_stops_the_waiting_and_keeps_what_was_decided(world):
    verify.request(world, ["T-TRUE", "C02"], preset="planted", data="synthetic")
    tended = world.verifications.claim("test")

    def sleep(_seconds: float) -> None:
        world.verifications.cancel(tended.id)

    with pytest.raises(verify.Interrupted):
        verify.tend(world, tended, door=Door(), sleep=sleep)
    assert world.archive.latest("C02", Witness.EXPERIMENT) is not None
    assert world.archive.latest("T-TRUE", Witness.EXPERIMENT) is None


def test_a_verification_taken_up_after_a_crash_ends_the_same(world):
    class CrashError(Exception):
        pass

    def crash(_seconds: float) -> None:
        raise CrashError

    verify.request(world, ["T-TRUE"], preset="planted", data="synthetic")
    tended = world.verifications.claim("test")
    with pytest.raises(CrashError):
        verify.tend(world, tended, door=Door(), sleep=crash)
    verify.tend(world, tended, door=Door(), sleep=lambda _: carry_out(world.queue, skill) and None)
    assert experiment(world, "T-TRUE").finding is Finding.SUPPORTED
    assert world.verifications.get(tended.id).state == "finished"


def test_two_people_pressing_verify_share_the_runs(world):
    for ids in (["T-TRUE"], ["T-TRUE", "T-FALSE"]):
        verify.request(world, ids, preset="planted", data="synthetic")
    mine, theirs = world.verifications.claim("me"), world.verifications.claim("them")
    done = threading.Event()

    def tend(tended) -> None:
        opened = open_workspace()
        verify.tend(opened, tended, door=Door(), sleep=lambda _: done.wait(0.01) and None)
        opened.database.close()

    threads = [threading.Thread(target=tend, args=(v,)) for v in (mine, theirs)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        carry_out(world.queue, skill)
        done.wait(0.01)
    assert {world.verifications.get(v.id).state for v in (mine, theirs)} == {"finished"}
    assert len(world.queue.runs()) == 20
    assert len(world.archive.assessments("T-TRUE")) == 2


@pytest.mark.parametrize(
    ("ids", "preset", "data", "expected"),
    [
        (["C99"], "quick", "synthetic", "There is no claim C99. Known: C01"),
        (["C03"], "brisk", "synthetic", "There is no preset 'brisk'"),
        (["C03"], "quick", "syntetic", "Did you mean 'synthetic'"),
        (["C03"], "quick", "ptb_xl", "needs its folder"),
        (["C03"], "quick", "ptb_xl:/no/such/folder", "/no/such/folder"),
    ],
)
def test_a_wrong_request_is_refused_and_nothing_is_asked(workspace, ids, preset, data, expected):
    with pytest.raises(InputError) as refusal:
        verify.request(workspace, ids, preset=preset, data=data)
    assert expected in str(refusal.value)
    assert workspace.verifications.latest() == []


STRESS = """
[[protocol.stress]]
name = "decay"
arms = ["a"]
changes = { weight_decay = 0.5 }
"""


@pytest.mark.parametrize(("under_stress", "is_turned"), [(0.1, True), (2.5, False)])
def test_a_nuisance_that_turns_the_finding_round_makes_the_claim_contested(
    world, planted_claims, under_stress, is_turned
):
    path = planted_claims / "T-TURN.toml"
    path.write_text((planted_claims / "T-TRUE.toml").read_text() + STRESS)
    protocol._read_folders.cache_clear()
    world = open_workspace()

    def skilled(run) -> float:
        return under_stress if run.task["weight_decay"] == 0.5 else skill(run)

    verified(world, "T-TURN", skill=skilled)
    said = experiment(world, "T-TURN")
    assert said.finding is Finding.SUPPORTED, "the finding itself is not the stress arm's"
    assert said.is_turned_by_stress is is_turned
    assert ("Turned round by decay" in said.reason) is is_turned
    (stressed,) = [e for e in said.estimates if e.role == "stress"]
    assert (stressed.name, stressed.note) == ("a − b, decay", "decay")
    (nuisance,) = said.nuisances
    assert (nuisance.n_runs, nuisance.n_planned, nuisance.is_judged) == (5, 5, True)
    assert nuisance.before is Finding.SUPPORTED
    assert nuisance.shift == pytest.approx(nuisance.became[0] - nuisance.was[0])
    assert nuisance.became[0] == stressed.value
    (plain,) = [e for e in said.estimates if e.name == "a − b"]
    moved = f"a − b moves from {plain.value:+.3f} to {stressed.value:+.3f}".replace("-", "−")
    assert (moved in said.reason) is is_turned, "the reader is told by how much"
    expected = Status.CONTESTED if is_turned else Status.SUPPORTED
    assert world.archive.claim("T-TURN").verdict.status is expected


def test_a_stress_arm_that_cannot_be_run_leaves_the_finding_as_it_is(world, planted_claims):
    path = planted_claims / "T-TURN.toml"
    path.write_text((planted_claims / "T-TRUE.toml").read_text() + STRESS)
    protocol._read_folders.cache_clear()
    world = open_workspace()
    is_stress = "weight_decay"
    verified(world, "T-TURN", skill=skill, invalid=lambda run: run.task[is_stress] == 0.5)
    said = experiment(world, "T-TURN")
    assert said.finding is Finding.SUPPORTED
    assert not [e for e in said.estimates if e.role == "stress"], "nothing was measured under it"
    (nuisance,) = said.nuisances
    assert (nuisance.finding, nuisance.state) == (
        None,
        "5 runs, but 0 seeds with valid ones; not judged",
    )


def test_a_stress_arm_that_was_not_run_to_its_end_is_said_and_not_judged(world, planted_claims):
    path = planted_claims / "T-TURN.toml"
    path.write_text((planted_claims / "T-TRUE.toml").read_text() + STRESS)
    protocol._read_folders.cache_clear()
    world = open_workspace()
    left = [2]  # runs under the nuisance that end before somebody cancels the others

    def skilled(run) -> float:
        return 0.1 if run.task["weight_decay"] == 0.5 else skill(run)

    def cancel_some(_seconds: float) -> None:
        for run in world.queue.runs(states=("queued",)):
            if run.task.get("weight_decay") == 0.5:
                left[0] -= 1
                if left[0] < 0:
                    world.queue.request_cancel(run.id, actor="tests")
        carry_out(world.queue, skilled)

    verify.request(world, ["T-TURN"], preset="planted", data="synthetic")
    tended = world.verifications.claim("test")
    verify.tend(world, tended, door=Door(), sleep=cancel_some)
    said = experiment(world, "T-TURN")
    assert said.finding is Finding.SUPPORTED
    assert not said.is_turned_by_stress, "two seeds turn nothing round"
    assert "Not judged for want of runs: decay (2 of 5 runs)." in said.reason
    assert not [e for e in said.estimates if e.role == "stress"]
    (nuisance,) = said.nuisances
    assert (nuisance.n_runs, nuisance.n_planned, nuisance.finding) == (2, 5, None)
    assert any("1 of 1 nuisances" in reason.text for reason in said.reasons)


def looked(workspace, *, budget_s: float, skill, seconds_a_run: float = 1.0):
    """Verify T-OPEN with a budget on a clock that each run moves on."""
    verify.request(workspace, ["T-OPEN"], preset="planted", data="synthetic", budget_s=budget_s)
    tended = workspace.verifications.claim("test")
    now, carried = [0.0], []

    def sleep(_seconds: float) -> None:
        done = carry_out(workspace.queue, skill)
        carried.extend(done)
        now[0] += seconds_a_run * len(done)

    verify.tend(workspace, tended, door=Door(), sleep=sleep, clock=lambda: now[0])
    return carried, workspace.verifications.get(tended.id)


def better(run) -> float:
    """c better than a by twice delta or so: five seeds at half the error rates leave it open."""
    return {**SKILL, 1e-3: 2.33}[run.task["learning_rate"]] if run.task["n_updates"] else 0.3


def test_seeds_are_added_until_a_claim_is_decided(world):
    _, ended = looked(world, budget_s=1e6, skill=better)
    looks = [a.assessment for a in world.archive.assessments("T-OPEN") if a.assessment.look]
    assert [a.look for a in sorted(looks, key=lambda a: a.look)] == list(range(1, len(looks) + 1))
    assert len(looks) > 1
    final = experiment(world, "T-OPEN")
    assert final.finding is Finding.SUPPORTED
    assert "--until-decided" in final.command
    assert f"Look {len(looks)} at a growing number of seeds may spend" in final.reason
    assert ended.message == "1 claim assessed; no claim waits for more seeds"


def test_a_claim_open_at_its_look_alone_says_what_would_decide_it(world):
    """At look 2 a sixth of the error may be spent: what usual rates would decide is open still."""
    looked(world, budget_s=1e6, skill=better)
    said = [stored.assessment for stored in world.archive.assessments("T-OPEN")]
    still_open = [each for each in said if each.look and each.finding is Finding.INCONCLUSIVE]
    beyond_delta = [each for each in still_open if each.estimates[0].low > 0.02]
    assert beyond_delta, "the case that this test is about"
    assert all("seeds instead of" in each.would_change[0] for each in still_open)


def test_runs_that_cannot_be_compared_leave_their_claim_open_and_no_other(world):
    """Arm b, of T-TRUE alone, was tested on other patients, as where a data set was changed."""
    verify.request(world, ["T-TRUE", "T-OPEN"], preset="planted", data="synthetic")
    tended = world.verifications.claim("test")
    real = world.queue.predictions

    def changed(run_id):
        (found,) = world.queue.runs(ids=[run_id])
        is_of_b = found.task.get("learning_rate") == 2e-3
        return predictions(1.0, seed=run_id, n_patients=40) if is_of_b else real(run_id)

    world.queue.predictions = changed
    carried = partial(carry_out, world.queue, skill)
    verify.tend(world, tended, door=Door(), sleep=lambda _seconds: carried() and None)
    said = experiment(world, "T-TRUE")
    assert (said.finding, said.confidence) == (Finding.INCONCLUSIVE, None)
    assert "tested on different records" in said.reason
    assert said.scope
    assert experiment(world, "T-OPEN").estimates, "the other claim is measured as ever"


def test_a_second_verification_goes_on_counting_looks_and_repeats_none(world):
    looked(world, budget_s=1e6, skill=better)
    n_before = len(world.archive.assessments("T-OPEN"))
    carried, _ = looked(world, budget_s=1e6, skill=better)
    assert carried == []
    assert len(world.archive.assessments("T-OPEN")) == n_before


def looks_at(workspace, claim_id: str) -> list[tuple[int, int]]:
    """Of each assessment by runs, in order: its look, and the seeds it had."""
    said = [a.assessment for a in reversed(workspace.archive.assessments(claim_id))]
    return [
        (one.look, len({workspace.queue.runs(ids=[i])[0].task["seed"] for i in one.run_ids}))
        for one in said
        if one.witness is Witness.EXPERIMENT
    ]


def test_a_plain_look_is_the_first_of_all_looks_whoever_goes_on_later(world):
    verified(world, "T-OPEN", skill=better)
    assert looks_at(world, "T-OPEN") == [(1, 5)]
    plain = experiment(world, "T-OPEN")
    looked(world, budget_s=1e6, skill=better)
    found = looks_at(world, "T-OPEN")
    assert [look for look, _ in found] == list(range(1, len(found) + 1)), "none is judged twice"
    assert len(found) > 1
    assert "--until-decided" not in plain.command
    assert "The first look at a growing number of seeds may spend 75%" in plain.reason


def test_a_plain_look_after_seeds_were_added_takes_none_of_them_back(world):
    looked(world, budget_s=1e6, skill=better)
    before = looks_at(world, "T-OPEN")
    assert verified(world, "T-OPEN", skill=better) == []
    assert looks_at(world, "T-OPEN") == before
    assert experiment(world, "T-OPEN").finding is Finding.SUPPORTED


def test_looks_are_counted_on_where_another_preset_was_used_meanwhile(world, planted_claims):
    more = "[planted]\nn_seeds = 5\nsizes = [64]\n[other]\nn_seeds = 3\nsizes = [32]\n"
    (planted_claims / "_presets.toml").write_text(more)
    protocol._read_presets.cache_clear()
    looked(world, budget_s=1.0, skill=better)
    verified(world, "T-OPEN", skill=better, preset="other")
    looked(world, budget_s=1e6, skill=better)
    first, other, *rest = looks_at(world, "T-OPEN")
    assert (first, other) == ((1, 5), (1, 3)), "another preset is another protocol"
    assert [look for look, _ in rest] == list(range(1, len(rest) + 1))
    assert rest[0] == first, "what stands is said once more, and not spent again"
    assert len(rest) > 1


def test_a_slow_verification_never_puts_fewer_seeds_over_more(world):
    """It was asked first and ends last: its look was overtaken while it waited for its runs."""
    verify.request(world, ["T-OPEN"], preset="planted", data="synthetic")
    slow = world.verifications.claim("slow")
    overtaken = []

    def sleep(_seconds: float) -> None:
        if not overtaken:
            overtaken.append(looked(world, budget_s=1e6, skill=better))

    verify.tend(world, slow, door=Door(), sleep=sleep)
    assert looks_at(world, "T-OPEN")[-1][0] > 1
    assert experiment(world, "T-OPEN").finding is Finding.SUPPORTED


def test_what_the_budget_does_not_reach_is_said_with_the_seeds_it_would_take(world):
    _, ended = looked(world, budget_s=1e-6, skill=better)
    assert experiment(world, "T-OPEN").finding is Finding.INCONCLUSIVE
    assert "T-OPEN would take about" in ended.message


def test_a_budget_that_is_no_time_is_refused(world):
    with pytest.raises(InputError, match="above 0"):
        verify.request(world, ["T-OPEN"], preset="planted", data="synthetic", budget_s=0.0)


CORRELATION = """
statement = "Where the loss is lower the error is."
kind = "empirical"

[protocol]
hypothesis = "It correlates."
words = "Planted."
check = "correlation"
recipe = "tiny"
sizes = "all"
favoured = [{ name = "cpc", changes = { objective = "cpc" } }]
limits = ["planted"]
"""
LADDER = """
[ladder]
n_seeds = 6
sizes = [8, 16, 24, 32, 40]
"""


def test_the_pretraining_loss_that_runs_measured_reaches_the_rule(world, planted_claims):
    (planted_claims / "T-LOSS.toml").write_text(CORRELATION, encoding="utf-8")
    presets = planted_claims / "_presets.toml"
    presets.write_text(presets.read_text(encoding="utf-8") + LADDER, encoding="utf-8")
    protocol._read_folders.cache_clear()
    protocol._read_presets.cache_clear()
    world = open_workspace()
    verify.request(world, ["T-LOSS"], preset="ladder", data="synthetic")

    def sleep(_seconds: float) -> None:
        while (run := world.queue.claim("planted")) is not None:
            size = run.task["n_records"]
            loss = {"name": "pretraining_loss", "split": "validation", "value": 9.0 - size / 8}
            found = {**result(size), "measurements": [{**loss, "n": 4, "n_counts": "records"}]}
            scores = predictions(size / 16, seed=run.task["seed"])
            world.queue.succeed(run, result=found, predictions=scores)

    verify.tend(world, world.verifications.claim("test"), door=Door(), sleep=sleep)
    said = experiment(world, "T-LOSS")
    (member,) = [e for e in said.estimates if e.role == "member"]
    assert member.value > 0.9, "skill and loss go the same way with size"
    assert said.finding is Finding.SUPPORTED
