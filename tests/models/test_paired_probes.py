"""Probes of what places records and reports in one space: zero-shot, retrieval, geometry."""

import tomllib
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.build import build_encoder
from models.data import ptb_xl, synthetic
from models.embedding import Examined
from models.probes import PROBES, _cka, _sphere, geometry, retrieval, zero_shot
from models.randomness import seeded
from models.recipe import RecipeError


@pytest.fixture(scope="module")
def records(cache):
    options = {"n_train": 24, "n_validation": 24, "n_test": 40}
    return synthetic.load(None, options, sampling_hz=100, cache=cache)


class Pinned(nn.Module):
    """Stands in for an objective on pairs: places are given by tables, not learned."""

    def __init__(self, by_text, by_window) -> None:
        super().__init__()
        self.by_text, self.by_window = by_text, by_window
        self.text_encoder = self.text_points

    def text_points(self, texts):
        return torch.stack([self.by_text(text) for text in texts])

    def signal_points(self, windows):
        return torch.stack([self.by_window(window) for window in windows])


def made(tiny, records, paired):
    encoder = build_encoder(tiny, seeded(0))
    return Examined(encoder, records, tiny, device=torch.device("cpu"), paired=paired)


def hot(place, size):
    return nn.functional.one_hot(torch.tensor(place), size).float()


@pytest.fixture
def knowing(tiny, records):
    """A space in which every record stands where its own report does."""
    texts = sorted(set(records.reports))
    home = {}
    for row, report in enumerate(records.reports):
        for window in records.signals_uv[row].reshape(12, 4, 250).transpose(1, 0, 2):
            home[(window.astype(np.float32) * np.float32(1e-3)).tobytes()] = texts.index(report)
    paired = Pinned(
        lambda text: hot(texts.index(text), len(texts)),
        lambda window: hot(home[window.numpy().tobytes()], len(texts)),
    )
    return made(tiny, records, paired)


def values(found, split="test"):
    return {each.name: each.value for each in found.measurements if each.split == split}


def test_a_space_that_knows_every_pair_finds_them_all(knowing):
    found = retrieval.evaluate(knowing)
    for direction in ("report_of_record", "record_of_report"):
        assert values(found)[f"recall_at_1/{direction}"] == 1
        assert values(found)[f"mrr/{direction}"] == 1
    assert (found.per_record["rank_of_report"] == 1).all()
    near = values(geometry.evaluate(knowing))
    assert near["alignment"] == near["modality_gap"] == 0
    assert near["cosine_gap"] == 1
    assert near["cka/points"] == pytest.approx(1)


def test_a_collapsed_space_finds_nothing(tiny, records):
    one = torch.tensor([1.0, 0.0])
    collapsed = made(tiny, records, Pinned(lambda text: one, lambda window: one))
    found = values(retrieval.evaluate(collapsed))
    assert found["recall_at_10/report_of_record"] == found["recall_at_10/record_of_report"] == 0
    measured = {each.name: each for each in geometry.evaluate(collapsed).measurements}
    assert measured["uniformity/records"].value == pytest.approx(0)
    assert measured["d_prime"].value is None
    assert "vary" in measured["cka/points"].reason


def test_ranks_agree_with_a_sorted_list():
    generator = np.random.default_rng(0)
    queries, gallery = generator.normal(size=(2, 30, 4))
    groups = generator.integers(0, 12, size=30)
    found = retrieval.first_correct_ranks(queries, gallery, groups)
    for place in range(30):
        order = sorted(range(30), key=lambda other: -(queries[place] @ gallery[other]))
        assert found[place] == 1 + [groups[other] == groups[place] for other in order].index(True)


def test_chance_is_the_mean_over_all_orders():
    groups = np.array([0, 0, 1, 2, 2, 2])
    n_correct = np.bincount(groups)[groups]
    found = retrieval.chance(n_correct, 6)
    ranks = np.array(
        [
            [1 + min(order.index(n) for n in range(6) if groups[n] == own) for own in groups]
            for order in permutations(range(6))
        ]
    )
    assert found["mrr"] == pytest.approx((1 / ranks).mean())
    for k in (1, 5, 10):
        assert found[f"recall_at_{k}"] == pytest.approx((ranks <= k).mean())
    shares = np.array([2, 1, 3]) / 6
    assert found["recall_at_1"] == pytest.approx((shares**2).sum())


def test_reports_with_the_same_words_are_all_correct(tiny, records):
    reports = list(records.reports)
    test = records.indices("test")
    for row in test[:10]:
        reports[row] = "Leads are exchanged." if row % 2 else "leads ARE  exchanged"
    reports[test[-1]] = "  "
    changed = replace(records, reports=tuple(reports))
    points = torch.nn.functional.normalize(torch.randn(40, 8, generator=seeded(0)), dim=1)
    examined = made(tiny, changed, Pinned(lambda text: points[len(text) % 40], lambda w: points[0]))
    found = retrieval.evaluate(examined)
    assert len(found.rows) == 39, "a record without a report is not in the gallery"
    assert (found.per_record["n_correct"][:10] == 10).all()
    assert values(found)["chance/recall_at_1"] >= (10 / 39) ** 2


def test_the_gallery_can_be_held_at_one_size(knowing):
    found = retrieval.evaluate(knowing, n_gallery=20)
    assert {each.n for each in found.measurements} == {20}
    with pytest.raises(RecipeError, match=r"from 2 to the 24 validation records.*found 30"):
        retrieval.evaluate(knowing, n_gallery=30)


def test_zero_shot_scores_are_cosines_with_names_and_differences_of_observations(tiny, records):
    def by_text(text):
        generator = seeded(sum(text.encode()))
        return nn.functional.normalize(torch.randn(6, generator=generator), dim=0)

    def by_window(window):
        return nn.functional.normalize(window[:6, 100], dim=0)

    found = zero_shot.evaluate(made(tiny, records, Pinned(by_text, by_window)))
    row = found.rows[7]
    windows = torch.from_numpy(records.signals_uv[row].astype(np.float32) / 1000)
    parts = windows.reshape(12, 4, 250).transpose(0, 1)
    point = torch.stack([by_window(window) for window in parts]).mean(dim=0)
    point = point / point.norm()
    for place, prompts in enumerate(zero_shot.bundled(["en"]).values()):
        cosine = {
            kind: np.mean([float(point @ by_text(text)) for text in prompts[kind]])
            for kind in ("positive", "negative")
        }
        expected = cosine["positive"] - cosine["negative"]
        observed = found.per_record["observation_scores"][7, place]
        assert observed == pytest.approx(expected, abs=1e-5)
        mean = torch.stack([by_text(text) for text in prompts["names"]]).mean(dim=0)
        expected = nn.functional.cosine_similarity(point, mean, dim=0)
        assert found.scores[7, place] == pytest.approx(float(expected), abs=1e-5)
    names = values(found)
    assert names["macro_auroc"] != names["observations/macro_auroc"]


def test_every_language_has_prompts_of_every_kind_for_the_five_superclasses():
    path = Path(zero_shot.__file__).with_name("prompts.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(tables) >= {"en", "de"}
    for language in tables:
        found = zero_shot.bundled([language])
        assert list(found) == list(ptb_xl.LABELS) == list(synthetic.LABELS)
        assert all(all(texts for texts in kinds.values()) for kinds in found.values())
    both = zero_shot.bundled(["en", "de"])
    assert both["MI"]["names"][-1] == zero_shot.bundled(["de"])["MI"]["names"][-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"languages": ["fr"]}, "of en, de, found fr"),
        ({"languages": []}, "found none"),
        ({"prompts": {"NROM": {}}}, "'NROM'.*'NORM'"),
        ({"prompts": {"NORM": {"names": ["x"]}}}, "needs lists names, positive, negative"),
    ],
)
def test_prompts_that_cannot_be_are_refused(options, message, knowing):
    with pytest.raises(RecipeError, match=message):
        zero_shot.evaluate(knowing, **options)


def test_a_label_without_prompts_is_named():
    prompts = {"AF": {"names": ["Atrial fibrillation."], "positive": ["f"], "negative": ["p"]}}
    assert zero_shot.prompts_for(["AF", "MI"], languages=["en"], prompts=prompts)["AF"]
    with pytest.raises(RecipeError, match=r"No prompts for LBBB.*prompts\.LBBB"):
        zero_shot.prompts_for(["MI", "LBBB"], languages=["en"], prompts={})


@pytest.mark.parametrize("name", ["zero_shot", "retrieval", "geometry"])
def test_without_an_encoder_of_texts_there_is_nothing_to_probe(name, tiny, records):
    with pytest.raises(RecipeError, match=r"clip.*alignment"):
        PROBES.load(name).evaluate(made(tiny, records, None))


def unit(seed, n_rows=60, width=5):
    values = np.random.default_rng(seed).normal(size=(n_rows, width)) + 0.5
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def test_geometry_agrees_with_plain_loops():
    one, other = unit(0), unit(1)
    keys = [str(number // 3) for number in range(60)]
    near, far, even = [], [], []
    for i in range(60):
        for j in range(60):
            (near if keys[i] == keys[j] else far).append(float(one[i] @ other[j]))
            if i != j:
                even.append(np.exp(-2 * np.linalg.norm(one[i] - one[j]) ** 2))
    distances = [np.linalg.norm(u - v) ** 2 for u, v in zip(one, other, strict=True)]
    found = _sphere.cosines(one, other, keys)
    assert found["cosine_gap"] == pytest.approx(np.mean(near) - np.mean(far))
    spread = np.sqrt((np.var(near) + np.var(far)) / 2)
    assert found["d_prime"] == pytest.approx((np.mean(near) - np.mean(far)) / spread)
    assert _sphere.alignment(one, other) == pytest.approx(np.mean(distances))
    assert _sphere.uniformity(one) == pytest.approx(np.log(np.mean(even)))
    gap = np.sqrt(sum((one[:, d].mean() - other[:, d].mean()) ** 2 for d in range(5)))
    assert _sphere.modality_gap(one, other) == pytest.approx(gap)


def test_even_directions_are_as_uniform_as_the_sphere_allows():
    """In many dimensions all distances are near the root of 2, so that uniformity is near -4."""
    points = np.random.default_rng(0).normal(size=(500, 400))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert _sphere.uniformity(points) == pytest.approx(-4, abs=0.05)


def test_cka_agrees_with_kernels_written_out():
    one, other = unit(2, 20, 3), unit(3, 20, 6)

    def unbiased(first, second):
        n = 20
        kernels = []
        for values in (first, second):
            kernel = values @ values.T
            np.fill_diagonal(kernel, 0)
            kernels.append(kernel)
        k, m = kernels
        total = np.trace(k @ m) + k.sum() * m.sum() / ((n - 1) * (n - 2))
        return (total - 2 / (n - 2) * (k @ m).sum()) / (n * (n - 3))

    expected = unbiased(one, other) / np.sqrt(unbiased(one, one) * unbiased(other, other))
    assert _cka.linear_cka(one, other) == pytest.approx(expected)


def test_cka_is_1_for_a_turned_copy_and_near_0_for_noise_in_many_dimensions():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(80, 6))
    turn = np.linalg.qr(generator.normal(size=(6, 6)))[0]
    assert _cka.linear_cka(values, 3 * values @ turn + 7) == pytest.approx(1)
    noise = [_cka.linear_cka(values, generator.normal(size=(80, 300))) for _ in range(40)]
    assert np.mean(noise) == pytest.approx(0, abs=0.02)
    assert _cka.linear_cka(values, np.ones((80, 2))) is None
    assert _cka.linear_cka(values[:3], values[:3]) is None
