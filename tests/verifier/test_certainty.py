from verifier.certainty import Setting, reasons
from verifier.checks._questions import question
from verifier.statistics.effect import Effect
from verifier.statistics.questions import Question
from verifier.verdict import Concern, Nuisance


def asked(value: float, error: float) -> Question:
    """Whether an effect exceeds 0.01, of ten seeds: its interval reaches 2.26 errors each way."""
    found = Effect(value=value, seed_error=error, patient_error=0.0, n_seeds=10, n_patients=300)
    return question("e", found, threshold=0.01, scale=0.01, unit="")


def found_reasons(
    questions,
    controls=(),
    *,
    is_synthetic=True,
    n_seeds=10,
    is_tuned=True,
    n_invalid=0,
    nuisances=(),
):
    setting = Setting(
        is_synthetic=is_synthetic,
        n_records=900,
        is_tuned=is_tuned,
        n_runs=40,
        n_invalid=n_invalid,
    )
    return reasons(
        setting,
        members=[each.estimate for each in questions],
        questions=questions,
        controls=[each.estimate for each in controls],
        n_seeds=n_seeds,
        nuisances=nuisances,
    )


def concerns(*given, **more):
    return [(reason.concern, reason.levels) for reason in found_reasons(*given, **more)]


CLEAR = asked(0.1, 0.02)


def test_synthetic_data_count_twice_against_directness():
    assert concerns([CLEAR]) == [(Concern.INDIRECTNESS, 2)]
    assert concerns([CLEAR], is_synthetic=False) == [(Concern.INDIRECTNESS, 1)]


def test_an_interval_across_delta_or_few_seeds_are_imprecise():
    assert (Concern.IMPRECISION, 1) in concerns([asked(0.01, 0.01)])
    assert (Concern.IMPRECISION, 1) in concerns([CLEAR], n_seeds=3)


def test_members_on_both_sides_are_inconsistent():
    assert (Concern.INCONSISTENCY, 1) in concerns([CLEAR, asked(-0.1, 0.02)])


def test_one_learning_rate_for_all_arms_is_a_risk_of_bias():
    assert (Concern.RISK_OF_BIAS, 1) in concerns([CLEAR], is_tuned=False)


def test_arms_that_do_not_beat_a_random_encoder_tell_little():
    found = concerns([CLEAR], [asked(0.001, 0.01)], is_synthetic=False)
    assert found.count((Concern.INDIRECTNESS, 1)) == 2


def test_runs_left_out_as_invalid_are_a_risk_of_bias():
    assert (Concern.RISK_OF_BIAS, 1) in concerns([CLEAR], n_invalid=3)
    assert concerns([CLEAR], n_invalid=0) == [(Concern.INDIRECTNESS, 2)]


def test_every_reason_has_a_number_in_its_sentence():
    questions = [asked(0.01, 0.01), asked(-0.1, 0.02)]
    untried = [Nuisance(name="decay", says="", n_runs=0, n_planned=0)]
    found = found_reasons(
        questions,
        [asked(0.001, 0.01)],
        n_seeds=3,
        is_tuned=False,
        n_invalid=2,
        nuisances=untried,
    )
    assert len(found) == 7
    assert all(any(letter.isdigit() for letter in reason.text) for reason in found)
