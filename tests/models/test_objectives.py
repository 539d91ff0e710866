import copy
import math

import pytest
import torch
from torch.nn import functional as F

from models.backbones import BACKBONES
from models.build import build_encoder, build_objective
from models.objectives import OBJECTIVES
from models.objectives._masks import BlockShares, block_masks, span_mask
from models.objectives._teacher import Teacher
from models.objectives.cpc import info_nce, negatives
from models.objectives.data2vec import masked_smooth_l1, mean_of_top
from models.objectives.jepa import weighted_smooth_l1
from models.randomness import seeded
from models.recipe import Recipe, RecipeError
from models.update import Batch, loss_of

CPU = torch.device("cpu")
FAMILIES = {"contrastive", "predictive", "clustering", "supervised"}


def made(name, **changes):
    recipe = Recipe.bundled("tiny").with_changes({"objective": name, **changes})
    generator = seeded(0)
    return build_objective(recipe, build_encoder(recipe, generator), generator)


@pytest.fixture
def windows():
    return torch.randn(4, 12, 250, generator=seeded(9))


@pytest.fixture
def batch(windows):
    targets = torch.tensor([[1, 0, 0, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0], [1, 0, 0, 0, 0]])
    texts = ("Normal ECG.", "Inferior infarct.", "sinusrhythmus, linkstyp", "Normal ECG.")
    return Batch(windows=windows, targets=targets.to(torch.uint8), texts=texts)


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_the_generator_alone_decides_the_randomness(name, batch):
    first, second = made(name), made(name)
    torch.randn(7)  # the process-wide generator has moved on
    loss = loss_of(first, batch, seeded(1))
    assert loss.isfinite()
    assert torch.equal(loss, loss_of(second, batch, seeded(1)))
    assert not torch.equal(loss, loss_of(second, batch, seeded(2)))


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_the_process_wide_generator_is_left_alone(name, batch):
    objective = made(name)
    before = torch.get_rng_state()
    loss_of(objective, batch, seeded(1))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("name", OBJECTIVES.names())
@pytest.mark.parametrize("backbone", BACKBONES.names())
def test_the_gradient_reaches_the_encoder_and_the_heads(name, backbone, batch):
    objective = made(name, backbone=backbone)
    loss_of(objective, batch, seeded(3)).backward()
    trained = [(key, each) for key, each in objective.named_parameters() if each.requires_grad]
    unreached = [key for key, each in trained if each.grad is None]
    assert not unreached
    assert not any(key.startswith("teacher") for key, _ in trained)


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_the_loss_falls_on_a_batch_seen_often(name, batch):
    objective = made(name)
    trained = [each for each in objective.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=3e-3)
    losses = []
    for _ in range(25):
        loss = loss_of(objective, batch, seeded(4))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(
            float(loss.detach())
        )  # the teacher stays: a moving target need not get nearer
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_an_objective_states_its_family(name):
    assert OBJECTIVES.load(name).Objective.family in FAMILIES


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_objectives_start_from_the_same_encoder(name):
    encoder = made(name, **{"backbone_options.is_causal": True}).encoder
    other = made("cpc").encoder
    for mine, theirs in zip(encoder.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("cpc", {"objective_options.horizon": 125}, "from 1 to 124 tokens, found 125"),
        ("cpc", {"objective_options.horizn": 3}, "'horizn'.*'horizon'"),
        ("cpc", {"objective_options.horizon": 2.5}, "whole number, found 2.5"),
        ("cpc", {"backbone_options.is_causal": False}, "must not see"),
        ("cpc", {"backbone_options.n_layer": 2}, "'n_layer'.*'n_layers'"),
        ("jepa", {"objective_options.block_low": 0.3}, "found 0.3 and 0.2"),
        ("jepa", {"objective_options.momentum": 1.5}, "found 1.5"),
        ("data2vec", {"objective_options.top_k": 3}, "the 2 layers, found 3"),
        ("data2vec", {"objective_options.mask_probability": 0.0}, "found 0.0"),
    ],
)
def test_options_that_cannot_be_are_refused(name, changes, message):
    with pytest.raises(RecipeError, match=message):
        made(name, **changes)


def test_info_nce_and_its_gradient_agree_with_a_plain_loop():
    generator = seeded(0)
    horizon, n_tokens = 3, 10
    tokens = torch.randn(6, n_tokens, 4, generator=generator, requires_grad=True)
    predicted = torch.randn(6, n_tokens, 4, generator=generator, requires_grad=True)
    counts = negatives((6, 7, 16), horizon=horizon, generator=generator, device=CPU)
    total = torch.zeros(())
    for window in range(6):
        for time in range(n_tokens - horizon):
            right = predicted[window, time] @ tokens[window, time + horizon]
            scores = [right]
            for n in range(n_tokens):
                if n != time + horizon:
                    score = predicted[window, time] @ tokens[window, n]
                    scores += [score] * int(counts[window, time, n])
            total = total - right + torch.stack(scores).logsumexp(dim=0)
    found = info_nce(predicted, tokens, counts, horizon=horizon)
    torch.testing.assert_close(found, total / 6, atol=0, rtol=1e-4)
    expected = torch.autograd.grad(total / 6 * 2, (predicted, tokens))
    for mine, theirs in zip(
        torch.autograd.grad(found * 2, (predicted, tokens)), expected, strict=True
    ):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_info_nces_gradients_lie_in_memory_as_what_they_are_of(order, dtype):
    """Whatever comes before would turn them otherwise; the numbers are those of any order."""
    generator = seeded(0)
    drawn = [torch.randn(6, 10, 4, generator=generator).to(dtype) for _ in range(2)]
    counts = negatives((6, 7, 16), horizon=3, generator=generator, device=CPU)
    back = [order.index(each) for each in range(3)]
    lying = [each.permute(order).contiguous().permute(back).requires_grad_() for each in drawn]
    found = torch.autograd.grad(info_nce(*lying, counts, horizon=3), lying)
    exact = [each.double().requires_grad_() for each in drawn]
    expected = torch.autograd.grad(info_nce(*exact, counts.double(), horizon=3), exact)
    for mine, theirs, given in zip(found, expected, lying, strict=True):
        assert mine.stride() == given.stride()
        torch.testing.assert_close(mine.double(), theirs, atol=0.02, rtol=0.05)


def test_info_nce_stays_finite_where_a_token_that_was_not_drawn_scores_hundreds_more():
    """As a token's own product with itself may: without it in the sum, others still count."""
    tokens = torch.tensor([[[300.0], [1.0], [2.0]]], requires_grad=True)
    predicted = torch.tensor([[[1.0], [1.0], [1.0]]], requires_grad=True)
    counts = torch.tensor([[[0.0, 1.0, 1.0], [0.0, 2.0, 1.0]]])
    found = info_nce(predicted, tokens, counts, horizon=1)
    first = -(torch.tensor([1.0, 2.0])).log_softmax(0)[0]
    second = -(torch.tensor([1.0, 1.0, 2.0])).log_softmax(0)[2]
    torch.testing.assert_close(found, first + second)
    found.backward()
    assert tokens.grad.isfinite().all()
    assert tokens.grad[0, 0] == 0
    assert predicted.grad[0, 2] == 0


def test_negatives_are_any_token_of_the_window_but_the_right_one():
    counts = negatives((2, 14, 400), horizon=6, generator=seeded(0), device=CPU)
    assert counts.shape == (2, 14, 20)
    assert (counts.sum(dim=2) == 1 + 400).all()
    for time in range(14):
        assert (counts[:, time, time + 6] == 1).all()
        assert (counts[:, time] > 0).sum() == 2 * 20


def test_negatives_are_drawn_evenly_and_anew_each_time():
    """The variance of a count of 400 among 19 is 400/19 x 18/19; its mean over draws stays near."""
    generator = seeded(1)
    counts = torch.stack(
        [negatives((8, 14, 400), horizon=6, generator=generator, device=CPU) for _ in range(20)]
    ).double()
    counts.diagonal(offset=6, dim1=2, dim2=3).zero_()
    others = counts[counts > 0]
    assert float(counts.sum()) / len(others) == pytest.approx(400 / 19)
    variance = 400 / 19 * 18 / 19
    assert float(others.var()) == pytest.approx(variance, rel=0.05)
    of_each = counts.mean(dim=(0, 1))  # of 160 draws: by time and token
    assert float((of_each[of_each > 0] - 400 / 19).abs().max()) < 5 * (variance / 160) ** 0.5
    assert not torch.equal(counts[0], counts[1])


def test_cpc_uses_the_numbers_of_the_published_code_by_default():
    recipe = Recipe.bundled("paper_cpc").with_changes(
        {"objective_options": {}, "stem.width": 8, "backbone_options.n_layers": 1}
    )
    objective = build_objective(recipe, build_encoder(recipe, seeded(0)), seeded(0))
    assert (objective.horizon, objective.n_negatives) == (14, 128)
    assert objective.predictor.bias is None


def test_the_span_masks_share_is_that_of_the_published_code():
    mask = span_mask(4000, 300, probability=0.065, span=10, generator=seeded(0))
    # A token away from the edges is seen if none of 10 midpoints fell near it.
    assert float(mask.float().mean()) == pytest.approx(1 - (1 - 0.0065) ** 10, abs=0.004)
    without = (~mask.any(dim=1)).float().mean()
    assert float(without) == pytest.approx((1 - 0.0065) ** 300, abs=0.02)


def test_spans_are_as_long_as_stated_where_they_stand_alone():
    mask = span_mask(3000, 200, probability=0.02, span=10, generator=seeded(1))
    alone = mask[(mask.sum(dim=1) == 10)]
    assert len(alone) > 50
    lengths = alone.int().argmax(dim=1), 199 - alone.flip(1).int().argmax(dim=1)
    assert ((lengths[1] - lengths[0]) == 9).float().mean() > 0.9  # else two at the edges


def test_ten_times_the_probability_hides_the_share_of_wav2vec():
    mask = span_mask(500, 300, probability=0.65, span=10, generator=seeded(0))
    assert float(mask.float().mean()) == pytest.approx(0.485, abs=0.02)


SHARES = BlockShares(
    n_blocks=4, low=0.15, high=0.2, context_low=0.85, context_high=1.0, min_keep=64
)


def test_block_masks_agree_with_plainly_drawn_blocks():
    found = [block_masks(32, 300, shares=SHARES, generator=seeded(seed)) for seed in range(60)]
    covered = torch.cat([(each.n_predictions > 0).float().mean(dim=1) for each in found])
    visible = torch.cat([each.is_visible.float().mean(dim=1) for each in found])
    plain = torch.Generator().manual_seed(1)

    def number(low, high):
        return low + (high - low) * float(torch.rand(1, generator=plain))

    shares = []
    while len(shares) < 1500:
        length, context = round(number(0.15, 0.2) * 300), round(number(0.85, 1.0) * 300)
        hidden = torch.zeros(300, dtype=torch.bool)
        for _ in range(4):
            start = int(number(0, 300 - length + 1))
            hidden[start : start + length] = True
        start = int(number(0, 300 - context + 1))
        seen = torch.zeros(300, dtype=torch.bool)
        seen[start : start + context] = True
        seen &= ~hidden
        if seen.sum() >= 64:
            shares.append((float(hidden.float().mean()), float(seen.float().mean())))
    expected = torch.tensor(shares).mean(dim=0)
    assert float(covered.mean()) == pytest.approx(float(expected[0]), abs=0.015)
    assert float(visible.mean()) == pytest.approx(float(expected[1]), abs=0.015)


def test_prediction_blocks_are_hidden_and_enough_stays_visible():
    masks = block_masks(200, 300, shares=SHARES, generator=seeded(0))
    assert not (masks.is_visible & (masks.n_predictions > 0)).any()
    assert int(masks.is_visible.sum(dim=1).min()) >= 64
    per_window = masks.n_predictions.sum(dim=1)
    assert (per_window == per_window[0]).all()  # four blocks of one length, overlaps counted
    assert int(masks.n_predictions.max()) > 1


def test_where_enough_can_never_stay_visible_the_most_visible_draw_is_kept():
    shares = BlockShares(
        n_blocks=4, low=0.5, high=0.5, context_low=0.5, context_high=0.5, min_keep=99
    )
    masks = block_masks(20, 100, shares=shares, generator=seeded(0))
    assert masks.is_visible.any(dim=1).float().mean() > 0.5


def test_jepas_loss_counts_overlaps_twice():
    predicted = torch.tensor([[[3.0, 0.0], [0.5, 0.5]]])
    target = torch.zeros(1, 2, 2)
    # Smooth L1 with beta 1: 2.5 and 0 at the first token, 0.125 twice at the second.
    found = weighted_smooth_l1(predicted, target, torch.tensor([[2, 1]]))
    assert float(found) == pytest.approx((2 * 1.25 + 0.125) / 3)


def test_data2vecs_loss_is_of_hidden_tokens_only():
    predicted = torch.tensor([[[3.0, 0.0], [0.5, 0.5], [9.0, 9.0]]])
    target = torch.zeros(1, 3, 2)
    is_hidden = torch.tensor([[True, True, False]])
    expected = (2.5 + 0.25) / 2 / math.sqrt(2)
    assert float(masked_smooth_l1(predicted, target, is_hidden)) == pytest.approx(expected)
    nothing = masked_smooth_l1(predicted, target, torch.zeros(1, 3, dtype=torch.bool))
    assert float(nothing) == 0


def test_the_target_is_the_mean_of_the_last_layers_each_normalised():
    layers = [torch.randn(2, 3, 8, generator=seeded(n)) * (n + 1) for n in range(4)]
    expected = torch.zeros(2, 3, 8)
    for layer in layers[2:]:
        mean = layer.mean(dim=-1, keepdim=True)
        deviation = (layer.var(dim=-1, correction=0, keepdim=True) + 1e-5).sqrt()
        expected += (layer - mean) / deviation / 2
    torch.testing.assert_close(mean_of_top(layers, 2), expected)


def test_the_teacher_follows_by_the_moving_average():
    encoder = made("cpc").encoder
    teacher = Teacher(encoder, momentum=0.9)
    start = copy.deepcopy(list(encoder.parameters()))
    with torch.no_grad():
        for each in encoder.parameters():
            each.add_(1.0)
    teacher.follow(encoder)
    teacher.follow(encoder)
    for before, now in zip(start, teacher.encoder.parameters(), strict=True):
        torch.testing.assert_close(now, before + (1 - 0.9**2))


def test_the_teacher_stays_calm_while_the_student_trains(windows):
    objective = made("jepa").train()
    assert not objective.teacher.encoder.training
    first = objective.teacher.layer_outputs(windows)[-1]
    assert torch.equal(first, objective.teacher.layer_outputs(windows)[-1])


@pytest.mark.parametrize("name", ["jepa", "data2vec", "dinosr", "hubert"])
def test_the_teacher_moves_after_a_step_and_only_then(name, windows):
    objective = made(name)
    before = copy.deepcopy(objective.teacher.state_dict())
    objective(windows, seeded(0))
    unmoved = objective.teacher.state_dict()
    assert all(torch.equal(before[key], unmoved[key]) for key in before)
    with torch.no_grad():
        objective.encoder.stem.convolutions[0].weight.add_(1)
    objective.after_step()
    key = "encoder.stem.convolutions.0.weight"
    expected = before[key] + 0.1
    torch.testing.assert_close(objective.teacher.state_dict()[key], expected)


@pytest.mark.parametrize("name", ["jepa", "data2vec", "dinosr", "hubert"])
def test_what_is_hidden_does_not_reach_the_prediction(name, windows):
    """With every token hidden the window cannot matter; only the teacher still sees it."""
    objective = made(name).eval()
    encoder = objective.encoder
    tokens = encoder.stem(windows)
    hidden = objective.hidden.expand_as(tokens)
    nothing = objective.head(encoder.backbone(torch.where(torch.tensor(False), tokens, hidden)))
    torch.testing.assert_close(nothing[0], nothing[1])
    assert not torch.allclose(
        F.layer_norm(tokens[0], tokens.shape[-1:]), F.layer_norm(tokens[1], tokens.shape[-1:])
    )
