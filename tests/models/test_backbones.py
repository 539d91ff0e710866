import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from models import _plain
from models.backbones import BACKBONES, net1d, s4d, transformer
from models.backbones._state_space import blocks_of, convolve
from models.build import build_encoder
from models.randomness import lend, seeded
from models.recipe import Recipe
from models.stem import Stem

SMALL = {
    "s4": {"n_layers": 2, "kernel_length": 40},
    "s4d": {"n_layers": 2},
    "transformer": {"n_layers": 2, "n_heads": 2, "feedforward_width": 16},
    "net1d": {"n_layers": 2, "kernel": 5, "group_width": 8},
}
WIDTH = 16


def backbone(name, **options):
    with lend(seeded(0)):
        return BACKBONES.load(name).Backbone(WIDTH, **{**SMALL.get(name, {}), **options})


@pytest.fixture
def tokens():
    return torch.randn(3, 40, WIDTH, generator=seeded(5))


@pytest.mark.parametrize("name", BACKBONES.names())
@pytest.mark.parametrize("is_causal", [False, True])
def test_tokens_keep_their_number_and_width(name, is_causal, tokens):
    made = backbone(name, is_causal=is_causal).eval()
    outputs = made.layer_outputs(tokens)
    assert [tuple(each.shape) for each in outputs] == [tuple(tokens.shape)] * len(made.layers)
    assert torch.equal(outputs[-1], made(tokens))
    assert made(tokens[:, :7]).shape == (3, 7, WIDTH)


@pytest.mark.parametrize("name", BACKBONES.names())
def test_a_causal_backbone_does_not_see_later_tokens(name, tokens):
    made = backbone(name, is_causal=True).eval()
    changed = tokens.clone()
    changed[:, 25:] = torch.randn(3, 15, WIDTH, generator=seeded(6))
    difference = (made(changed) - made(tokens)).abs().amax(dim=(0, 2))
    assert difference[:25].max() < 1e-5
    assert difference[25:].min() > 1e-4


@pytest.mark.parametrize("name", BACKBONES.names())
def test_a_bidirectional_backbone_sees_earlier_and_later_tokens(name, tokens):
    made = backbone(name, is_causal=False).eval()
    changed = tokens.clone()
    changed[:, 20] = torch.randn(3, WIDTH, generator=seeded(6))
    difference = (made(changed) - made(tokens)).abs().amax(dim=(0, 2))
    assert difference[19] > 1e-5
    assert difference[21] > 1e-5


@pytest.mark.parametrize("name", BACKBONES.names())
def test_the_gradient_reaches_every_parameter(name, tokens):
    made = backbone(name)
    made(tokens).square().sum().backward()
    unreached = [key for key, each in made.named_parameters() if each.grad is None]
    assert not unreached


def test_a_layer_drops_features_at_all_times_of_a_window_and_others_in_other_windows():
    layer = build_encoder(Recipe.bundled("tiny"), seeded(0)).backbone.layers[0].train()
    layer.dropout.p = 0.25
    with lend(seeded(1)):
        dropped = layer._activated(torch.ones(64, 50, 7))  # (D, B, N)
    assert torch.equal(dropped, dropped[:, :, :1].expand_as(dropped))
    gelu_of_1 = (1 + math.erf(0.5**0.5)) / 2
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3 * gelu_of_1])
    of_windows, of_features = [(dropped[:, :, 0] == 0).float().mean(dim=dim) for dim in (0, 1)]
    # Each drawn for itself: shares of 0.25, as far apart as of so many draws.
    assert float(of_windows.std()) == pytest.approx((0.25 * 0.75 / 64) ** 0.5, rel=0.3)
    assert float(of_features.std()) == pytest.approx((0.25 * 0.75 / 50) ** 0.5, rel=0.3)


@pytest.mark.parametrize("name", BACKBONES.names())
def test_the_number_of_parameters_is_what_is_trained(name):
    made = backbone(name)
    assert made.n_parameters == sum(each.numel() for each in made.parameters())


@pytest.mark.parametrize("name", BACKBONES.names())
def test_no_layers_is_refused(name):
    with pytest.raises(ValueError, match="n_layers=0"):
        backbone(name, n_layers=0)


def test_the_convolution_is_the_state_space_recurrence():
    with lend(seeded(1)):
        kernel = s4d.Kernel(5, n_state=8, initial="inv", n_directions=2).double()
    signal = torch.randn(2, 5, 30, generator=seeded(2), dtype=torch.float64)
    poles, weights = kernel.discrete()
    poles = torch.exp(poles)

    def recurrence(inputs, readout):
        state = torch.zeros(2, 5, 4, dtype=torch.complex128)
        out = []
        for time in range(inputs.shape[-1]):
            state = poles * state + inputs[:, :, time, None]
            out.append(2 * (readout * state).sum(dim=-1).real)
        return torch.stack(out, dim=-1)

    forwards = recurrence(signal, weights[0])
    # Backwards the present token is not counted again: shift by one before reading.
    reversed_ = recurrence(signal.flip(-1), weights[1]).flip(-1)
    backwards = torch.cat([reversed_[..., 1:], torch.zeros(2, 5, 1).double()], dim=-1)
    system = kernel()
    rows = signal.transpose(0, 1)
    both = convolve(rows, blocks_of(system, 30)).transpose(0, 1)
    torch.testing.assert_close(both, forwards + backwards)
    one_way = replace(system, readout=system.readout[:1])
    torch.testing.assert_close(convolve(rows, blocks_of(one_way, 30)).transpose(0, 1), forwards)


def test_the_sampled_system_is_the_zero_order_hold_of_the_continuous_one():
    with lend(seeded(1)):
        kernel = s4d.Kernel(3, n_state=4, initial="lin", n_directions=1).double()
    poles, weights = kernel.discrete()
    rates = torch.complex(-kernel.log_decay.exp(), kernel.frequency)
    step = kernel.log_step.exp()[:, None]
    torch.testing.assert_close(poles.exp(), torch.exp(rates * step))
    # Integrate exp(A t) over one step by the midpoint rule.
    times = (torch.arange(2000).double() + 0.5) / 2000
    integral = torch.exp(rates[..., None] * step[..., None] * times).mean(dim=-1) * step
    expected = torch.view_as_complex(kernel.readout)[0] * integral
    torch.testing.assert_close(weights[0], expected, rtol=1e-5, atol=1e-8)


def test_initial_frequencies_follow_their_formulas():
    lin = s4d.Kernel(1, n_state=8, initial="lin", n_directions=1).frequency[0]
    torch.testing.assert_close(lin, math.pi * torch.arange(4.0))
    inv = s4d.Kernel(1, n_state=8, initial="inv", n_directions=1).frequency[0]
    expected = torch.tensor([8 / math.pi * (8 / (2 * n + 1) - 1) for n in range(4)])
    torch.testing.assert_close(inv, expected)


@pytest.mark.parametrize(
    ("options", "message"), [({"n_state": 7}, "found 7"), ({"initial": "legs"}, "found 'legs'")]
)
def test_a_state_space_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        backbone("s4d", **options)


def test_rotated_scores_depend_on_the_distance_of_tokens_alone():
    query, key = torch.randn(2, 1, 8, generator=seeded(3)).double()
    turned_query = transformer.rotate(query.expand(60, 8))
    turned_key = transformer.rotate(key.expand(60, 8))
    scores = turned_query @ turned_key.T
    for distance in (-7, 0, 3, 20):
        along = scores.diagonal(distance)
        torch.testing.assert_close(along, along[:1].expand_as(along), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(scores[0, 1], scores[0, 2])


def test_rotation_keeps_lengths():
    vectors = torch.randn(2, 3, 50, 8, generator=seeded(4))
    torch.testing.assert_close(transformer.rotate(vectors).norm(dim=-1), vectors.norm(dim=-1))


@pytest.mark.parametrize("is_causal", [False, True])
def test_attention_is_a_softmax_of_scaled_scores(is_causal, tokens):
    with lend(seeded(0)):
        made = transformer.Attention(WIDTH, n_heads=2, head_width=4, is_causal=is_causal)
    query, key, value = made.project_in(tokens).split(8, dim=-1)
    mixed = []
    for head in (slice(0, 4), slice(4, 8)):
        turned = transformer.rotate(query[..., head]), transformer.rotate(key[..., head])
        scores = turned[0] @ turned[1].transpose(1, 2) / 2
        if is_causal:
            scores = scores + torch.full((40, 40), -torch.inf).triu(1)
        mixed.append(scores.softmax(dim=-1) @ value[..., head])
    expected = made.project_out(torch.cat(mixed, dim=-1))
    torch.testing.assert_close(made(tokens), expected, atol=1e-5, rtol=1e-4)


def test_the_papers_s4_layers_have_the_papers_size():
    made = s4d.Backbone(512, is_causal=True)
    assert round(made.n_parameters / 1e6, 2) == 2.14


@pytest.mark.parametrize(("name", "n_millions"), [("transformer", 18.9), ("net1d", 9.3)])
def test_the_papers_other_backbones_have_the_stated_size(name, n_millions):
    encoder = build_encoder(Recipe.bundled(f"paper_{name}"), seeded(0))
    assert round(encoder.backbone.n_parameters / 1e6, 1) == n_millions
    assert not encoder.is_causal


@pytest.mark.parametrize("objective", ["cpc", "jepa"])
def test_reduced_backbones_are_of_equal_size(objective):
    sizes = []
    for name in BACKBONES:
        recipe = Recipe.bundled("reduced").with_changes({"objective": objective, "backbone": name})
        sizes.append(build_encoder(recipe, seeded(0)).backbone.n_parameters)
    assert max(sizes) <= 1.1 * min(sizes), sizes


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("n_times", [250, 251, 600])
def test_the_stem_makes_the_number_of_tokens_that_the_encoder_states(is_causal, n_times):
    changes = {"window_s": n_times / 100, "backbone_options.is_causal": is_causal}
    recipe = Recipe.bundled("tiny").with_changes({"objective": "jepa", **changes})
    encoder = build_encoder(recipe, seeded(0)).eval()
    assert encoder.is_causal == is_causal
    assert encoder(torch.zeros(2, 12, n_times)).shape == (2, encoder.n_tokens, 16)


def test_a_causal_stem_does_not_see_later_samples():
    windows = torch.randn(2, 12, 100, generator=seeded(0))
    changed = windows.clone()
    changed[..., 51:] += 1
    stem = Stem(12, 16, inner_width=16, is_causal=True).eval()
    same = (stem(changed) == stem(windows)).all(dim=2).all(dim=0)
    assert same[:26].all()  # tokens 0 to 25 end at sample 50 at the latest
    assert not same[26:].any()


def test_normalised_windows_lose_size_and_offset_but_not_a_flat_leads_silence():
    stem = Stem(12, 16, inner_width=16, normalises_windows=True).eval()
    windows = torch.randn(2, 12, 100, generator=seeded(0))
    windows[0, 3] = 0.7
    torch.testing.assert_close(stem(windows * 5 + 2), stem(windows), atol=1e-4, rtol=1e-4)
    assert stem(windows).isfinite().all()


NET1D_IN_A_ROW = {
    "norms.0": "convolutions.0",
    "narrow": "convolutions.2",
    "norms.1": "convolutions.3",
    "spread": "convolutions.7",
    "norms.2": "convolutions.8",
    "widen": "convolutions.11",
    "squeeze": "excitation.0",
    "excite": "excitation.2",
}


def test_net1d_is_its_definition_in_torchs_own_modules():
    """Outputs in training (batch statistics) and the gradient of every parameter, in float64."""
    generator = torch.Generator().manual_seed(3)
    with lend(generator):
        mine = net1d.Backbone(32, is_causal=True, n_layers=2, dropout=0.0).double()
        plain = _plain.PlainNet1D(32, 32, n_layers=2).double()
    named = {"norm.weight": "norm.weight", "norm.bias": "norm.bias"}
    for layer in range(2):
        for name, _ in mine.layers[layer].named_parameters():
            module, _, leaf = name.rpartition(".")
            named[f"layers.{layer}.{name}"] = f"layers.{layer}.{NET1D_IN_A_ROW[module]}.{leaf}"
    theirs = dict(plain.named_parameters())
    assert sorted(named.values()) == sorted(theirs)
    with torch.no_grad():
        for name, value in mine.named_parameters():
            theirs[named[name]].copy_(value)
    for module in plain.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    tokens = torch.randn(3, 40, 32, generator=generator, dtype=torch.float64)
    weights = torch.randn(3, 40, 32, generator=generator, dtype=torch.float64)
    found, expected = mine(tokens), plain(tokens)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for name, value in mine.named_parameters():
        torch.testing.assert_close(value.grad, theirs[named[name]].grad, rtol=1e-7, atol=1e-9)
