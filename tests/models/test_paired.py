"""Objectives on pairs of a record and its report, and the encoder frozen before them."""

import math

import pytest
import torch

from models.build import build_encoder, build_objective
from models.objectives._paired import is_same, turned
from models.objectives.clip import info_nce
from models.objectives.siglip import sigmoid_loss
from models.randomness import seeded
from models.recipe import Recipe, RecipeError

TEXTS = ("Normal ECG.", "Inferior infarct.", "sinusrhythmus, linkstyp", "normal  ecg")
PAIRED = ("clip", "siglip")


def made(name, **changes):
    recipe = Recipe.bundled("tiny").with_changes({"objective": name, **changes})
    generator = seeded(0)
    return build_objective(recipe, build_encoder(recipe, generator), generator)


@pytest.fixture
def windows():
    return torch.randn(4, 12, 250, generator=seeded(9))


def test_info_nce_agrees_with_a_plain_loop():
    scores = torch.randn(5, 5, generator=seeded(0)) * 3
    keys = ["a", "b", "a", "c", "a"]
    is_positive = torch.tensor([[one == other for other in keys] for one in keys])

    def cross_entropy(values: list[float], right: list[int]) -> float:
        total = math.log(sum(math.exp(value) for value in values))
        return sum(total - values[place] for place in right) / len(right)

    by_row = by_column = 0.0
    for place, key in enumerate(keys):
        right = [n for n, other in enumerate(keys) if other == key]
        by_row += cross_entropy(scores[place].tolist(), right) / 5
        by_column += cross_entropy(scores[:, place].tolist(), right) / 5
    found = info_nce(scores, is_positive)
    assert float(found) == pytest.approx((by_row + by_column) / 2, rel=1e-6)


def test_without_repeated_reports_info_nce_is_clips():
    scores = torch.randn(6, 6, generator=seeded(1))
    right = torch.arange(6)
    expected = torch.nn.functional.cross_entropy(scores, right)
    expected = (expected + torch.nn.functional.cross_entropy(scores.T, right)) / 2
    torch.testing.assert_close(info_nce(scores, torch.eye(6, dtype=torch.bool)), expected)


def test_of_a_report_that_every_record_has_nothing_can_be_learned():
    everything = torch.ones(4, 4, dtype=torch.bool)
    scores = torch.zeros(4, 4, requires_grad=True)
    loss = info_nce(scores, everything)
    assert float(loss.detach()) == pytest.approx(math.log(4))
    loss.backward()
    assert float(scores.grad.abs().max()) < 1e-7


def test_the_sigmoid_loss_agrees_with_a_plain_loop():
    scores = torch.randn(5, 5, generator=seeded(2)) * 3
    keys = ["a", "b", "a", "c", "d"]
    total = 0.0
    for row, one in enumerate(keys):
        for column, other in enumerate(keys):
            sign = 1 if one == other else -1
            total += math.log(1 + math.exp(-sign * float(scores[row, column])))
    is_positive = torch.tensor([[one == other for other in keys] for one in keys])
    assert float(sigmoid_loss(scores, is_positive)) == pytest.approx(total / 5, rel=1e-6)


def test_reports_with_the_same_words_are_each_others_positives():
    expected = torch.eye(4, dtype=torch.bool)
    expected[0, 3] = expected[3, 0] = True
    assert torch.equal(is_same(TEXTS), expected)


@pytest.mark.parametrize("name", PAIRED)
def test_the_loss_is_that_of_cosines_at_the_stated_temperature(name, windows):
    """By hand from the parts, without dropout; the starting values are the papers'."""
    objective = made(name, objective_options={}).eval()
    signals, points = objective.signal_points(windows), objective.text_points(TEXTS)
    cosines = torch.nn.functional.cosine_similarity(signals[:, None], points[None], dim=2)
    expected = {
        "clip": lambda: info_nce(cosines / 0.07, is_same(TEXTS)),
        "siglip": lambda: sigmoid_loss(cosines * 10 - 10, is_same(TEXTS)),
    }[name]()
    torch.testing.assert_close(objective(windows, seeded(0), texts=TEXTS), expected)


@pytest.mark.parametrize("name", PAIRED)
def test_points_lie_on_the_sphere_and_repeated_reports_at_one_place(name, windows):
    objective = made(name).eval()
    for points in (objective.signal_points(windows), objective.text_points(TEXTS)):
        torch.testing.assert_close(points.norm(dim=1), torch.ones(4))
    points = objective.text_points(TEXTS)
    torch.testing.assert_close(points[0], points[3])


def test_the_temperature_is_learned_unless_it_is_held(windows):
    for learns in (True, False):
        objective = made("clip", **{"objective_options.learns_temperature": learns})
        objective(windows, seeded(0), texts=TEXTS).backward()
        assert (objective.log_scale.grad is not None) == learns


def test_the_scale_of_clip_has_a_limit(windows):
    objective = made("clip").eval()
    with torch.no_grad():
        objective.log_scale.fill_(math.log(100))
        limit = objective(windows, seeded(0), texts=TEXTS)
        objective.log_scale.fill_(9.0)
        beyond = objective(windows, seeded(0), texts=TEXTS)
    torch.testing.assert_close(limit, beyond)


def test_shuffling_gives_every_record_another_records_report():
    seen = set()
    for seed in range(40):
        moved = turned(("a", "b", "c", "d"), seeded(seed))
        assert sorted(moved) == ["a", "b", "c", "d"]
        assert all(one != other for one, other in zip(moved, "abcd", strict=True))
        seen.add(moved)
    assert len(seen) == 3  # every number of places but none and all


def test_with_shuffled_pairs_the_loss_is_of_the_moved_reports(windows):
    options = {"objective_options.shuffles_pairs": True}
    plain, shuffled = made("clip").eval(), made("clip", **options).eval()
    moved = turned(TEXTS, seeded(5))
    expected = plain(windows, seeded(0), texts=moved)
    torch.testing.assert_close(shuffled(windows, seeded(5), texts=TEXTS), expected)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("clip", {"objective_options.temperature": 0.001}, "at least 0.01, found 0.001"),
        ("siglip", {"objective_options.temperature": 0.0}, "above 0, found 0.0"),
        ("clip", {"objective_options.projection_width": 0}, "at least 1, found 0"),
        ("clip", {"objective_options.text_encoder": "hashd"}, "'hashd'.*Did you mean 'hashed'"),
        ("clip", {"objective_options.text_options": {"widht": 3}}, "'widht'.*'width'"),
        ("clip", {"objective_options.text_options": {"width": 6}}, "6 is not a multiple of"),
        ("clip", {"objective_options.text_options": 3}, "must be a table, found 3"),
    ],
)
def test_options_that_cannot_be_are_refused(name, changes, message):
    with pytest.raises(RecipeError, match=message):
        made(name, **changes)
