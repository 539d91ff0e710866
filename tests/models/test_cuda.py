"""On an accelerator: the same numbers as on the CPU, to rounding. Skipped where there is none."""

import copy

import pytest
import torch

from models import checkpoint
from models.backbones import BACKBONES
from models.backbones._inverse import inverted
from models.build import build_encoder, build_objective
from models.generators.synthetic import Source
from models.objectives import OBJECTIVES
from models.objectives._drawn import Drawn
from models.objectives.cpc import negatives
from models.precision import working
from models.progress import Stopped
from models.randomness import seeded
from models.recipe import Recipe
from models.run import Place, run
from models.train import start
from models.update import Batch, Update, loss_of

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
DRAWN = [name for name in OBJECTIVES if issubclass(OBJECTIVES.load(name).Objective, Drawn)]


@pytest.fixture
def batch():
    windows = torch.randn(8, 12, 250, generator=seeded(9))
    targets = torch.eye(5, dtype=torch.uint8)[[0, 1, 2, 3, 4, 0, 1, 2]]
    return Batch(windows=windows, targets=targets, texts=tuple("abcdefgh"))


def made(objective, backbone="s4", **changes):
    """An objective without dropout, whose masks would be others on another device."""
    recipe = Recipe.bundled("tiny").with_changes({"objective": objective, "backbone": backbone})
    recipe = recipe.with_changes({"backbone_options.dropout": 0.0, **changes})
    if objective in {"jepa", "data2vec", "dinosr"}:
        recipe = recipe.with_changes({"objective_options.head_dropout": 0.0})
    if objective in {"clip", "siglip"}:
        options = {**recipe.objective_options["text_options"], "dropout": 0.0}
        recipe = recipe.with_changes({"objective_options.text_options": options})
    generator = seeded(0)
    return recipe, build_objective(recipe, build_encoder(recipe, generator), generator)


def judged(objective, batch, device, dtype, *, recipe=None):
    """Loss and the whole gradient (P,) in float64, on one device in one precision."""
    mine = copy.deepcopy(objective).to(device, dtype).train()
    moved = batch.to(device)
    moved = Batch(windows=moved.windows.to(dtype), targets=moved.targets, texts=moved.texts)
    with working(recipe or Recipe.bundled("tiny"), device):
        if isinstance(mine, Drawn):
            drawn = [each.to(device) for each in mine.draw(len(moved.windows), seeded(3), CPU)]
            loss = mine.loss(moved.windows, *drawn)
        else:
            loss = loss_of(mine, moved, seeded(3))
    loss.backward()
    parts = [each.grad for each in mine.parameters() if each.requires_grad]
    return float(loss.detach()), torch.cat([each.double().cpu().flatten() for each in parts])


def apart(found, expected):
    return float((found - expected).norm() / expected.norm())


def test_records_made_on_it_are_those_made_on_the_cpu_to_a_microvolt():
    recipe = Recipe.bundled("paper_cpc").with_changes({"dataset_options": {"n_generated": 10**9}})
    here, there = (Source(recipe, device).batch(seeded(1)) for device in (CPU, CUDA))
    assert there.windows.is_cuda
    assert (there.windows.cpu() - here.windows).abs().max() < 1.5e-3
    assert (there.targets == here.targets).all()


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("backbone", BACKBONES.names())
def test_loss_and_gradient_are_those_of_double_precision_on_the_cpu(objective, backbone, batch):
    _, mine = made(objective, backbone)
    exact, expected = judged(mine, batch, CPU, torch.float64)
    loss, gradient = judged(mine, batch, CUDA, torch.float32)
    print(f"{objective}/{backbone} fp32 gradient {apart(gradient, expected):.1e}")
    assert loss == pytest.approx(exact, rel=1e-4)
    assert apart(gradient, expected) < 2e-3


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("backbone", BACKBONES.names())
def test_half_precision_stays_near(objective, backbone, batch):
    recipe, mine = made(objective, backbone, precision="bf16")
    exact, expected = judged(mine, batch, CPU, torch.float64)
    loss, gradient = judged(mine, batch, CUDA, torch.float32, recipe=recipe)
    print(f"{objective}/{backbone} bf16 gradient {apart(gradient, expected):.1e}")
    assert loss == pytest.approx(exact, rel=0.03)
    assert torch.cosine_similarity(gradient, expected, dim=0) > 0.97


@pytest.mark.parametrize("n_state", [2, 8])
def test_elimination_inverts(n_state):
    drawn = 0.2 * torch.randn(50, n_state, n_state, generator=seeded(0))
    matrix = torch.eye(n_state) + drawn
    found = inverted(matrix.to(CUDA)).cpu()
    assert apart(found, torch.linalg.inv(matrix.double())) < 1e-5


def test_negatives_are_drawn_by_the_generator_alone_and_are_never_the_right_token():
    shape = (4, 286, 128)
    found = [negatives(shape, horizon=14, generator=seeded(2), device=CUDA) for _ in range(2)]
    assert torch.equal(*found)
    counts = found[0].cpu()
    assert (counts.sum(dim=2) == 1 + 128).all()
    assert (counts.diagonal(offset=14, dim1=1, dim2=2) == 1).all()
    assert float(counts.sum(dim=1).std()) > 0


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("objective", DRAWN)
def test_a_recorded_update_gives_the_bits_of_one_that_is_not(objective, precision, batch):
    """With dropout, whose masks the generator decides in either case."""
    changes = {"precision": precision, "backbone_options.dropout": 0.2}
    states = []
    for is_recordable in (True, False):
        recipe, mine = made(objective, **changes)
        training = start(recipe, mine.to(CUDA).train())
        update = Update(recipe, training, CUDA)
        update.is_recordable = is_recordable
        losses = [float(update(batch.to(CUDA))) for _ in range(8)]
        assert (update._recording is not None) == is_recordable
        states.append((losses, [each.clone() for each in mine.parameters()]))
    assert states[0][0] == states[1][0]
    assert len(set(states[0][0])) == 8
    for recorded, plain in zip(states[0][1], states[1][1], strict=True):
        assert torch.equal(recorded, plain)


@pytest.fixture
def place(tmp_path):
    def make(name, device="cuda"):
        from models.data import DataReference

        return Place(
            out=tmp_path / name,
            cache=tmp_path / "cache",
            data=DataReference(name="synthetic"),
            device=device,
            checkpoint_every=5,
        )

    return make


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_a_run_stopped_and_continued_ends_with_the_same_numbers(objective, place):
    recipe = Recipe.bundled("tiny").with_changes({"objective": objective, "n_updates": 12})
    whole = run(recipe, place("whole"), is_stopping=lambda: False)
    assert whole["is_valid"]
    assert whole["environment"]["device"] == torch.cuda.get_device_name()
    asked = iter([False] * 6)
    with pytest.raises(Stopped):
        run(recipe, place("parts"), is_stopping=lambda: next(asked, True))
    parts = run(recipe, place("parts"), is_stopping=lambda: False)
    assert parts["measurements"] == whole["measurements"]


@pytest.mark.parametrize(("first", "then"), [("cuda", "cpu"), ("cpu", "cuda")])
def test_a_checkpoint_goes_on_on_the_other_device(first, then, place):
    changes = {"objective": "jepa", "n_updates": 12, "backbone_options.dropout": 0.0}
    recipe = Recipe.bundled("tiny").with_changes(changes)
    recipe = recipe.with_changes({"objective_options.head_dropout": 0.0})  # masks are drawn here
    asked = iter([False] * 6)
    with pytest.raises(Stopped):
        run(recipe, place("moved", first), is_stopping=lambda: next(asked, True))
    step = checkpoint.read(place("moved").out / "checkpoint.pt")["step"]
    assert 0 < step < 12
    result = run(recipe, place("moved", then), is_stopping=lambda: False)
    assert result["is_valid"]
    value = {each["name"]: each["value"] for each in result["measurements"]}["pretraining_loss"]
    alone = run(recipe, place("alone", then), is_stopping=lambda: False)
    expected = {each["name"]: each["value"] for each in alone["measurements"]}["pretraining_loss"]
    assert value == pytest.approx(expected, rel=1e-3)
