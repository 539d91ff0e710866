"""The objectives that sort a teacher's tokens into clusters made while training."""

import copy
import math

import numpy as np
import pytest
import torch

from models.build import build_encoder, build_objective
from models.objectives._prototypes import Prototypes, sinkhorn, spread_out, warmed
from models.objectives.dinosr import Codebook, masked_cross_entropy
from models.objectives.hubert import divergence, mean_entropy
from models.randomness import lend, seeded
from models.recipe import Recipe, RecipeError


def made(name, **changes):
    recipe = Recipe.bundled("tiny").with_changes({"objective": name, **changes})
    generator = seeded(0)
    return build_objective(recipe, build_encoder(recipe, generator), generator)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed))


@pytest.fixture
def windows():
    return drawn(4, 12, 250, seed=9)


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def codebook(width=6, size=5, momentum=0.9):
    with lend(seeded(3)):
        return Codebook(width, size=size, momentum=momentum)


def test_a_token_is_named_by_the_codeword_nearest_to_it():
    words, tokens = codebook(), drawn(2, 30, 6)
    found = words.nearest(tokens)
    for window in range(2):
        for n in range(30):
            distances = [float((tokens[window, n] - word).norm()) for word in words.words]
            assert int(found[window, n]) == int(np.argmin(distances))


def test_codewords_start_normalised_over_their_features():
    words = codebook(width=40).words
    torch.testing.assert_close(words.mean(dim=1), torch.zeros(5), atol=1e-6, rtol=0)
    torch.testing.assert_close(words.var(dim=1, correction=0), torch.ones(5), atol=1e-3, rtol=0)


def test_codewords_are_moving_averages_of_the_tokens_they_get():
    """Against sums and counts kept apart, as the method is written."""
    words = codebook()
    sums, counts = words.words.clone().double(), torch.ones(5, dtype=torch.float64)
    for seed in range(4):
        tokens = drawn(2, 3, 6, seed=seed)  # six tokens: some codewords get none
        places = words.nearest(tokens)
        words.follow()
        for k in range(5):
            mine = tokens[places == k].double()
            sums[k] = 0.9 * sums[k] + 0.1 * mine.sum(dim=0)
            counts[k] = 0.9 * counts[k] + 0.1 * len(mine)
        expected = (sums / counts[:, None]).float()
        torch.testing.assert_close(words.words, expected, atol=1e-5, rtol=1e-4)


def test_a_codeword_that_gets_no_token_for_ever_stays_where_it_is():
    words = codebook()
    far = words.words.argmax(dim=0)[0]
    before = words.words.clone()
    for _ in range(3000):
        words.nearest(before[[int(far)]][None])
        words.follow()
    assert words.words.isfinite().all()
    torch.testing.assert_close(words.words, before)


def test_the_codebook_moves_only_when_a_step_was_made(windows):
    objective = made("dinosr")
    before = objective.codebook.words.clone()
    objective(windows, seeded(0))
    assert torch.equal(objective.codebook.words, before)
    objective.after_step()
    assert not torch.equal(objective.codebook.words, before)
    after = objective.codebook.words.clone()
    objective.after_step()
    assert torch.equal(objective.codebook.words, after), "no tokens twice"


def test_dinosrs_loss_is_the_surprise_at_hidden_tokens():
    scores, target = drawn(2, 5, 4), torch.randint(4, (2, 5), generator=seeded(1))
    is_hidden = torch.tensor([[1, 0, 1, 0, 0], [0, 0, 0, 0, 1]]).bool()
    surprises = []
    for window, n in ((0, 0), (0, 2), (1, 4)):
        shares = softmax(scores[window, n].double().numpy())
        surprises.append(-math.log(shares[int(target[window, n])]))
    found = masked_cross_entropy(scores, target, is_hidden)
    assert float(found) == pytest.approx(np.mean(surprises), rel=1e-5)
    assert float(masked_cross_entropy(scores, target, is_hidden & False)) == 0


def plain_sinkhorn(scores, n_iterations):
    shares = [[math.exp(each) for each in row] for row in scores]
    for _ in range(n_iterations):
        for k in range(len(shares[0])):
            total = sum(row[k] for row in shares)
            for row in shares:
                row[k] /= total
        for row in shares:
            total = sum(row)
            row[:] = [each / total for each in row]
    return shares


def test_sinkhorn_agrees_with_a_plain_loop():
    """Rows are divided before the first column, which the loop does not do: rows end the same."""
    scores = drawn(7, 3).double()
    scores -= scores.amax(dim=1, keepdim=True)
    found = sinkhorn(scores, n_iterations=3)
    expected = torch.tensor(plain_sinkhorn(scores.tolist(), 3), dtype=torch.float64)
    torch.testing.assert_close(found, expected)


def test_sinkhorn_shares_every_token_out_and_evens_prototypes():
    scores = drawn(400, 8) * 3 + 4 * drawn(8, seed=1)  # some prototypes are liked far more
    plain = torch.softmax(scores, dim=1)
    found = sinkhorn(scores, n_iterations=3)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(400))
    assert found.sum(dim=0).std() < 0.25 * plain.sum(dim=0).std()
    many = sinkhorn(scores, n_iterations=200)
    torch.testing.assert_close(many.sum(dim=0), torch.full((8,), 50.0), rtol=1e-2, atol=0)


def test_prototypes_are_chosen_apart_by_k_means_plus_plus():
    """From four tight groups four points are four groups, where chance alone gives 9 in 100."""
    centres = torch.eye(4).repeat_interleave(50, dim=0)
    points = centres + 0.01 * drawn(200, 4)
    right = 0
    for seed in range(30):
        chosen = spread_out(points, 4, seeded(seed))
        right += len(set(chosen.argmax(dim=1).tolist())) == 4
    assert right >= 29


def test_where_fewer_points_differ_than_are_asked_for_some_are_chosen_twice():
    chosen = spread_out(torch.ones(3, 2), 5, seeded(0))
    torch.testing.assert_close(chosen, torch.full((5, 2), math.sqrt(0.5)))


def test_prototypes_follow_the_tokens_by_their_shares():
    books = Prototypes(6, size=3, momentum=0.99, n_iterations=3)
    tokens = torch.nn.functional.normalize(drawn(2, 20, 6), dim=-1)
    shares = books.shares(tokens, 0.1, seeded(0))
    before = books.vectors.clone()
    books.follow()
    for k in range(3):
        mean = sum(shares[b, n, k] * tokens[b, n] for b in range(2) for n in range(20))
        moved = 0.99 * before[k] + 0.01 * mean / mean.norm()
        torch.testing.assert_close(books.vectors[k], moved / moved.norm())


def test_huberts_loss_is_the_divergence_of_hidden_and_visible_tokens_apart():
    scores, target = drawn(2, 4, 3), torch.softmax(drawn(2, 4, 3, seed=1), dim=-1)
    target[0, 0] = torch.tensor([1.0, 0.0, 0.0])  # 0 log 0 is 0
    is_hidden = torch.tensor([[1, 0, 0, 0], [1, 1, 0, 0]]).bool()
    apart = {True: [], False: []}
    for b in range(2):
        for n in range(4):
            said, meant = softmax(scores[b, n].double().numpy()), target[b, n].double().tolist()
            loss = sum(t * math.log(t / s) for t, s in zip(meant, said, strict=True) if t > 0)
            apart[bool(is_hidden[b, n])].append(loss)
    expected = 0.75 * np.mean(apart[True]) + 0.25 * np.mean(apart[False])
    found = divergence(scores, target, is_hidden, hidden_weight=0.75)
    assert float(found) == pytest.approx(expected, rel=1e-5)
    only = divergence(scores, target, is_hidden & False, hidden_weight=0.75)
    assert float(only) == pytest.approx(0.25 * np.mean(apart[True] + apart[False]), rel=1e-5)


def test_the_entropy_is_of_the_students_softmax():
    scores = drawn(2, 3, 4)
    expected = np.mean(
        [-sum(p * math.log(p) for p in softmax(row)) for row in scores.view(6, 4).double().numpy()]
    )
    assert float(mean_entropy(scores)) == pytest.approx(expected, rel=1e-5)


def test_the_whole_loss_of_hubert_is_put_together_from_its_parts(windows):
    """Every token hidden from a student without dropout, after the temperatures have settled."""
    changes = {f"objective_options.{name}": value for name, value in PARTS.items()}
    objective = made("hubert", **changes).eval()
    objective.n_updates.fill_(50)
    found = objective(windows, seeded(0)).detach()
    tokens = objective.teacher.layer_outputs(windows)[-1]
    tokens = tokens / tokens.norm(dim=-1, keepdim=True)
    hidden = objective.hidden.expand_as(objective.encoder.stem(windows))
    said = objective.head(objective.encoder.backbone(hidden))
    expected = 0.0
    for part, book in zip((said[..., :8], said[..., 8:]), objective.codebooks, strict=True):
        shares = torch.tensor(
            plain_sinkhorn((tokens.flatten(0, 1) @ book.vectors.T / 0.07).tolist(), 3)
        ).view(*tokens.shape[:2], -1)
        logs = torch.log_softmax(part / 0.1, dim=-1)
        losses = (torch.xlogy(shares, shares) - shares * logs).sum(dim=-1)
        expected += 0.75 * losses.mean() + 0.5 * mean_entropy(part)
    assert float(found) == pytest.approx(float(expected.detach()), rel=1e-3)


PARTS = {"mask_probability": 10.0, "mask_span": 10, "entropy_weight": 0.5}


def test_the_defaults_are_the_published_codes():
    recipe = Recipe.bundled("tiny").with_changes({"objective": "hubert", "objective_options": {}})
    objective = build_objective(recipe, build_encoder(recipe, seeded(0)), seeded(0))
    assert objective.teacher.momentum == 0.9996
    assert objective.sizes == [128, 256]
    assert [each.momentum for each in objective.codebooks] == [0.99, 0.99]
    assert [each.n_iterations for each in objective.codebooks] == [3, 3]
    assert objective.head[-1].out_features == 384
    found = [
        warmed(pair, step, objective.warmup_steps)
        for pair in (objective.student_temperatures, objective.teacher_temperatures)
        for step in (0, 200, 2000)
    ]
    assert found == [0.5, 0.1, 0.1, 0.15, 0.07, 0.07]
    stated = Recipe.bundled("paper_hubert").objective_options
    assert dict(stated) == {**stated, **recipe_defaults("hubert")}
    assert dict(Recipe.bundled("paper_dinosr").objective_options) == recipe_defaults("dinosr")


def recipe_defaults(name):
    from models.build import options_of
    from models.objectives import OBJECTIVES

    options = options_of(OBJECTIVES.load(name).Objective)
    defaults = {key: each.default for key, each in options.items()}
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()
    }


def test_temperatures_warm_up_with_the_updates_made(windows):
    objective = made("hubert", **{"objective_options.warmup_steps": 2})
    before = copy.deepcopy(objective.state_dict())
    losses = []
    for _ in range(3):
        losses.append(float(objective(windows, seeded(0)).detach()))
        objective.n_updates += 1  # the schedule alone; nothing else moves
    assert len(set(losses)) == 3
    objective.load_state_dict(before)
    assert int(objective.n_updates) == 0


def test_supervised_is_the_cross_entropy_of_a_linear_layer_on_the_mean_token(windows):
    objective = made("supervised").eval()
    targets = torch.tensor([[1, 0, 0, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0], [1, 0, 0, 0, 1]])
    found = objective(windows, seeded(0), targets=targets.to(torch.uint8)).detach()
    means = objective.encoder(windows).double().mean(dim=1)
    scores = means @ objective.classify.weight.double().T + objective.classify.bias.double()
    chance = 1 / (1 + np.exp(-scores.detach().numpy()))
    right = np.where(targets.numpy() == 1, chance, 1 - chance)
    assert float(found) == pytest.approx(-np.log(right).mean(), rel=1e-5)


def test_supervised_takes_its_labels_from_the_data_set():
    recipe = Recipe.bundled("tiny").with_changes({"objective": "supervised"})
    encoder = build_encoder(recipe, seeded(0))
    assert build_objective(recipe, encoder, seeded(0), n_labels=9).classify.out_features == 9
    stated = recipe.with_changes({"objective_options.n_labels": 7})
    with pytest.raises(RecipeError, match="n_labels = 7, but the data set has 9"):
        build_objective(stated, encoder, seeded(0), n_labels=9)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("dinosr", {"n_codewords": 1}, "at least 2, found 1"),
        ("dinosr", {"codebook_momentum": 1.5}, "found 1.5"),
        ("dinosr", {"temperature": 0.0}, "above 0, found 0.0"),
        ("dinosr", {"mask_span": 126}, "from 1 to 125 tokens, found 126"),
        ("dinosr", {"head": "s4e"}, "s4 or s4d, found 's4e'"),
        ("hubert", {"n_prototypes": []}, "each codebook, found \\[\\]"),
        ("hubert", {"n_prototypes": 128}, "each codebook, found 128"),
        ("hubert", {"n_prototypes": [8, 1.5]}, "found 1.5"),
        ("hubert", {"teacher_temperature": 0.0}, "above 0, found 0.0"),
        ("hubert", {"hidden_weight": 1.1}, "found 1.1"),
        ("hubert", {"sinkhorn_iterations": 0}, "found 0"),
        ("hubert", {"entropy_weight": -0.1}, "found -0.1"),
        ("supervised", {"n_labels": 0}, "at least 1, found 0"),
    ],
)
def test_options_that_cannot_be_are_refused(name, changes, message):
    with pytest.raises(RecipeError, match=message):
        made(name, **{f"objective_options.{key}": value for key, value in changes.items()})
