import pytest
import torch
from torch import nn

from models.backbones import BACKBONES
from models.build import build_encoder, build_objective
from models.objectives import OBJECTIVES
from models.precision import compiled, working
from models.progress import Stopped
from models.randomness import seeded
from models.recipe import Recipe, RecipeError
from models.run import run
from models.update import Batch, loss_of

CPU = torch.device("cpu")


@pytest.fixture
def batch():
    windows = torch.randn(4, 12, 250, generator=seeded(9))
    targets = torch.eye(5, dtype=torch.uint8)[:4]
    return Batch(windows=windows, targets=targets, texts=("a normal ecg", "b", "c", "d"))


def losses(batch, **changes):
    """Loss and gradient of the first convolution in fp32 and in bf16."""
    for precision in ("fp32", "bf16"):
        recipe = Recipe.bundled("tiny").with_changes({**changes, "precision": precision})
        generator = seeded(0)
        objective = build_objective(recipe, build_encoder(recipe, generator), generator)
        with working(recipe, CPU):
            loss = loss_of(objective, batch, seeded(1))
        loss.backward()
        assert loss.dtype == torch.float32
        trained = [each for each in objective.parameters() if each.requires_grad]
        assert all(each.dtype == each.grad.dtype == torch.float32 for each in trained)
        yield float(loss.detach()), objective.encoder.stem.convolutions[0].weight.grad


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_half_precision_gives_nearly_the_same_loss(objective, batch):
    (exact, _), (rounded, _) = losses(batch, objective=objective)
    assert rounded != exact
    # clip's on four windows moves by up to 4 % between batches, in torch's own bf16 as well
    assert rounded == pytest.approx(exact, rel=0.06)


@pytest.mark.parametrize("backbone", BACKBONES.names())
def test_half_precision_gives_nearly_the_same_gradient(backbone, batch):
    (_, exact), (_, rounded) = losses(batch, objective="data2vec", backbone=backbone)
    likeness = torch.cosine_similarity(exact.flatten(), rounded.flatten(), dim=0)
    assert float(likeness) > 0.98


def test_a_run_in_half_precision_stopped_and_continued_ends_with_the_same_bits(tiny, place):
    recipe = tiny.with_changes({"precision": "bf16", "objective": "hubert"})
    whole = run(recipe, place("whole"), is_stopping=lambda: False)
    asked = iter([False] * 3)
    with pytest.raises(Stopped):
        run(recipe, place("parts"), is_stopping=lambda: next(asked, True))
    parts = run(recipe, place("parts"), is_stopping=lambda: False)
    assert whole["is_valid"]
    assert whole["model"]["multiply_adds"]["backbone"] > 0
    assert parts["measurements"] == whole["measurements"]
    exact = run(tiny.with_changes({"objective": "hubert"}), place("x"), is_stopping=lambda: False)
    assert exact["measurements"] != whole["measurements"]


def test_stem_and_layers_are_compiled_only_where_a_recipe_asks_for_it(tiny, monkeypatch):
    seen = []
    monkeypatch.setattr(nn.Module, "compile", lambda self: seen.append(self))
    objective = build_objective(tiny, build_encoder(tiny, seeded(0)), seeded(0))
    compiled(tiny, objective)
    assert seen == []
    compiled(tiny.with_changes({"is_compiled": True}), objective)
    assert seen == [objective.encoder.stem, *objective.encoder.backbone.layers]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": "fp16"}, r"fp32 or bf16, found 'fp16'"),
        ({"is_compiled": 1}, r"is_compiled is true or false, found 1"),
        ({"parameter_budget": 0}, r"parameter_budget .*found 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(tiny, changes, message):
    with pytest.raises(RecipeError, match=message):
        tiny.with_changes(changes)
