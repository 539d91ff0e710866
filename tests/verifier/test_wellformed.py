"""What a claim's file says to recipes and checks is known before anything is run."""

import pytest

from models.data import DATASETS
from tests.verifier.conftest import claim_toml
from verifier import planning, protocol, verify
from verifier.claim import InputError
from verifier.protocol import bundled, presets, read_claim
from verifier.wellformed import check_claim
from verifier.workspace import open_workspace

PLANTED = claim_toml("A is better than B.", "a", "b")
STRESS = """
[[protocol.stress]]
name = "masks"
arms = ["b"]
changes = { "objective_options.horizn" = 7 }
"""


@pytest.fixture
def entry(tmp_path):
    def read(text: str):
        path = tmp_path / "T1.toml"
        path.write_text(text, encoding="utf-8")
        return read_claim(path)

    return read


@pytest.mark.parametrize("dataset", [None, *DATASETS])
@pytest.mark.parametrize("claim_id", sorted(bundled()))
def test_every_bundled_claim_can_be_carried_out_and_judged(claim_id, dataset):
    check_claim(bundled()[claim_id], dataset=dataset)


@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_preset_goes_with_every_bundled_claim(preset):
    for found in bundled().values():
        check_claim(found, preset=presets()[preset], dataset="synthetic")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('changes = { "objective_options.horizn" = 7 }', "no option 'horizn'. Did you mean 'hori"),
        ('changes = { "backbone_options.n_layer" = 2 }', "no option 'n_layer'. Did you mean 'n_l"),
        ('changes = { "stem.widht" = 8 }', "unknown key 'widht'. Did you mean 'width'"),
        ("changes = { batch_sise = 8 }", "unknown key 'batch_sise'. Did you mean 'batch_size'"),
        ('changes = { "probe_options.linear.max_step" = 9 }', "Did you mean 'max_steps'"),
        ('changes = { "probe_options.linaer.max_steps" = 9 }', "Did you mean 'linear'"),
        ('changes = { "dataset_options.subset_sede" = 1 }', "Did you mean 'subset_seed'"),
        ('changes = { "alignment.n_update" = 9 }', "unknown key 'n_update'. Did you mean"),
        (
            'changes = { "alignment.n_updates" = 9, "alignment.objective_options.temprature" = 1 }',
            "alignment.objective_options (clip) has no option 'temprature'",
        ),
        (
            'changes = { objective = "clip", "objective_options.text_options" = { widht = 8 } }',
            "text_options (hashed) has no option 'widht'. Did you mean 'width'",
        ),
        ('changes = { objective = "cpcc" }', "Did you mean 'cpc'"),
        ('changes = { "objective_options.horizon" = "long" }', "horizon must be a whole number"),
        ('metric = "macro_aurok"', "there is no 'macro_aurok'. Did you mean 'macro_auroc'"),
        ('probes = ["linaer"]', "the probe 'linaer', which its recipe does not have"),
        ("options = { over = 1 }", "has no option 'over'"),
    ],
)
def test_what_nobody_knows_is_refused_with_the_nearest_there_is(entry, line, expected):
    with pytest.raises(InputError) as refusal:
        check_claim(entry(PLANTED + line + "\n"))
    assert expected in str(refusal.value)
    assert "T1" in str(refusal.value)


@pytest.mark.parametrize(
    ("check", "options", "expected"),
    [
        ("excedes", "", "there is no 'excedes'. Did you mean 'exceeds'"),
        ("trend", 'ovr = "sizes"', "no option 'ovr'. Did you mean 'over'"),
        ("trend", 'over = "size"', "options.over = 'size'. Did you mean 'sizes'"),
        ("trend", 'down = "no"', "it is true or false"),
        ("correlation", 'x = "pretraining_los"', "Did you mean 'pretraining_loss'"),
        ("correlation", 'given = ["n_update"]', "Did you mean 'n_updates'"),
        ("correlation", 'least = "half"', "it must be a number"),
        ("optimum", 'over = "widht"', "Did you mean 'width'"),
        ("equivalent", "at_lest = 0.0", "Did you mean 'at_least'"),
        ("ordering", 'near = ["x"]', "names 'x', which is no rival"),
        ("scaling", "margn = 1.0", "Did you mean 'margin'"),
    ],
)
def test_what_a_check_does_not_know_is_refused_before_it_judges(entry, check, options, expected):
    text = PLANTED.replace('"exceeds"', f'"{check}"') + f"options = {{ {options} }}\n"
    with pytest.raises(InputError) as refusal:
        check_claim(entry(text))
    assert expected in str(refusal.value)
    assert "T1" in str(refusal.value)


def test_it_is_said_where_a_misspelt_option_stands(entry):
    with pytest.raises(InputError, match=r"T1.toml \[protocol\], arm 'b' under 'masks': objective"):
        check_claim(entry(PLANTED + STRESS))


def test_an_option_of_another_data_set_is_refused_only_where_that_one_is_not_used(entry):
    told = entry(PLANTED + 'changes = { "dataset_options.n_test" = 64 }\n')
    for dataset in (None, "synthetic"):
        check_claim(told, dataset=dataset)
    with pytest.raises(InputError, match=r"ptb_xl\) has no option 'n_test'"):
        check_claim(told, dataset="ptb_xl")


def test_a_misspelt_option_in_a_preset_names_the_preset(entry):
    wrong = protocol.Preset(name="mine", n_seeds=3, changes={"dataset_options.n_trian": 64})
    with pytest.raises(InputError, match=r"preset 'mine': .*Did you mean 'n_train'"):
        check_claim(entry(PLANTED), preset=wrong, dataset="synthetic")


def test_a_misspelt_file_stops_the_program_at_its_start(planted_claims, workspace):
    path = planted_claims / "T-TRUE.toml"
    path.write_text(path.read_text() + STRESS)
    protocol._read_folders.cache_clear()
    with pytest.raises(InputError, match=r"T-TRUE\.toml"):
        open_workspace()


def test_asking_for_what_cannot_be_carried_out_leaves_nothing_in_the_queue(
    planted_claims, workspace
):
    text = "[planted]\nn_seeds = 5\nsizes = [64]\n[planted.changes]\n'stem.widht' = 8\n"
    (planted_claims / "_presets.toml").write_text(text)
    protocol._read_presets.cache_clear()
    with pytest.raises(InputError, match=r"preset 'planted': .*Did you mean 'width'"):
        verify.request(workspace, ["T-TRUE"], preset="planted", data=planning.SYNTHETIC)
    assert workspace.verifications.latest() == []
