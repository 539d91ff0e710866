from dataclasses import replace

import pytest

from models.recipe import Recipe
from verifier.checks import CHECKS
from verifier.claim import InputError
from verifier.protocol import (
    Preset,
    bundled,
    entry_for,
    preset_named,
    presets,
    protocol_hash,
    read_claim,
)
from verifier.statistics.metrics import METRICS

MINIMAL = """
statement = "A beats B."
kind = "empirical"

[protocol]
hypothesis = "A beats B."
words = "It trains both."
check = "exceeds"
recipe = "tiny"
favoured = [{ name = "a", changes = { objective = "cpc" } }]
rivals = [{ name = "b", changes = { objective = "jepa" } }]
"""


@pytest.fixture
def write(tmp_path):
    def written(text: str, name: str = "T1.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def with_protocol():
    return {i: e for i, e in bundled().items() if e.protocol is not None}


def test_a_claim_file_is_named_by_its_id(write):
    entry = read_claim(write(MINIMAL))
    assert (entry.claim.id, entry.claim.protocol_id) == ("T1", "T1")
    assert entry.protocol.favoured[0].changes == {"objective": "cpc"}


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("statement", "statment", "there is no 'statment'. Did you mean 'statement'"),
        ("check =", "chek =", "there is no 'chek'. Did you mean 'check'"),
        ('changes = { objective = "cpc"', 'chanegs = { objective = "cpc"', "'chanegs'"),
    ],
)
def test_a_misspelt_key_is_refused_by_name(write, right, wrong, expected):
    with pytest.raises(InputError) as refusal:
        read_claim(write(MINIMAL.replace(right, wrong, 1)))
    assert expected in str(refusal.value)
    assert "T1" in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [('sizes = "some"', "allowed: 'largest', 'all'"), ("delta = 0.0", "must be above 0")],
)
def test_a_setting_out_of_range_says_what_is_allowed(write, line, expected):
    with pytest.raises(InputError, match=expected):
        read_claim(write(MINIMAL + line))


@pytest.mark.parametrize("claim_id", sorted(with_protocol()))
def test_every_bundled_protocol_can_be_carried_out(claim_id):
    protocol = bundled()[claim_id].protocol
    assert set(protocol.options) <= set(CHECKS.load(protocol.check).OPTIONS)
    assert protocol.metric in METRICS
    base = Recipe.bundled(protocol.recipe).with_changes(protocol.changes)
    for arm in (*protocol.favoured, *protocol.rivals, *protocol.contexts, *protocol.controls):
        base.with_changes(arm.changes)
    for preset in presets().values():
        base.with_changes(preset.changes)


@pytest.mark.parametrize("claim_id", sorted(with_protocol()))
def test_every_bundled_protocol_says_what_it_can_and_cannot_tell(claim_id):
    protocol = bundled()[claim_id].protocol
    assert len(protocol.words.split()) > 30
    assert protocol.hypothesis.endswith(".")
    assert protocol.limits


def test_an_empirical_claim_without_a_protocol_says_why():
    for entry in bundled().values():
        if entry.claim.kind == "empirical" and entry.protocol is None:
            assert entry.untested_because, entry.claim.id


def test_arms_differ_in_what_the_claim_is_about_and_in_nothing_else():
    for entry in with_protocol().values():
        arms = (*entry.protocol.favoured, *entry.protocol.rivals)
        assert len({frozenset(arm.changes) for arm in arms}) == 1, entry.claim.id


def test_the_conformity_recipes_exist():
    for entry in bundled().values():
        for expected in entry.expectations:
            Recipe.bundled(expected.recipe)


def test_any_change_of_a_protocol_or_preset_makes_a_new_one():
    protocol = bundled()["C03"].protocol
    quick = preset_named("quick")
    hashes = {
        protocol_hash(protocol, quick),
        protocol_hash(replace(protocol, delta=0.03), quick),
        protocol_hash(replace(protocol, words="other"), quick),
        protocol_hash(protocol, replace(quick, n_seeds=4)),
        protocol_hash(protocol, preset_named("standard")),
    }
    assert len(hashes) == 5
    assert protocol_hash(protocol, quick) == protocol_hash(replace(protocol), quick)
    assert protocol_hash(protocol, quick) != protocol_hash(replace(protocol, beyond="x"), quick)


def test_presets_grow_from_quick_to_full():
    quick, standard, full = (preset_named(name) for name in ("quick", "standard", "full"))
    assert quick.n_seeds < standard.n_seeds < full.n_seeds
    assert quick.sizes[-1] <= standard.sizes[-1] <= full.sizes[-1]


@pytest.mark.parametrize("sizes", [(1900, 136), (136, 136, 1900), (0, 136)])
def test_sizes_that_do_not_rise_are_refused(sizes):
    """The last is taken for the largest, by controls and stress arms too."""
    with pytest.raises(InputError, match="the smallest first, none of them twice"):
        Preset(name="mine", n_seeds=3, sizes=sizes)


def test_two_arms_of_one_name_are_refused(write):
    """They would be one arm, compared with itself."""
    with pytest.raises(InputError, match="T1: a is there twice"):
        read_claim(write(MINIMAL.replace('name = "b"', 'name = "a"')))


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"'fast'\. Known: quick, standard, full"):
        preset_named("fast")


def test_claims_of_ones_own_stand_beside_the_bundled_ones(write, tmp_path, monkeypatch):
    write(MINIMAL)
    write("[tiny]\nn_seeds = 2\nsizes = [8]\n", "_presets.toml")
    monkeypatch.setenv("VERIFIER_CLAIMS", str(tmp_path))
    assert {"C03", "T1"} <= set(bundled())
    assert preset_named("tiny") == Preset(name="tiny", n_seeds=2, sizes=(8,))
    assert preset_named("quick").n_seeds == 3


def test_a_stress_on_an_arm_that_is_not_there_is_refused(write):
    stress = '\n[[protocol.stress]]\nname = "s"\narms = ["z"]\nchanges = {}\n'
    with pytest.raises(InputError, match="changes z, but the arms are a, b"):
        read_claim(write(MINIMAL + stress))


def test_a_folder_of_claims_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("VERIFIER_CLAIMS", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="there is no folder"):
        bundled()


def test_a_claim_without_a_chosen_protocol_is_tested_by_none():
    own = bundled()["C03"].claim
    assert entry_for(own).claim.id == "C03"
    assert entry_for(replace(own, protocol_id=None)) is None
    assert entry_for(replace(own, protocol_id="C04")).claim.id == "C04"


UNTESTED = """
statement = "A beats B."
kind = "empirical"
untested_because = "Nobody can train A."
"""


def test_an_empirical_claim_without_a_protocol_keeps_its_reason(write):
    assert read_claim(write(UNTESTED)).untested_because == "Nobody can train A."


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('arms = ["a"]', "changes nothing"),
        ('contexts = ["c"]\nfixes_epochs = true', "names the contexts c; there are none"),
        ('sizes = "some"\nfixes_epochs = true', "allowed: 'largest', 'all'"),
        ('sizes = "all"\nfixes_epochs = true', "the protocol uses the largest alone"),
        ("own_changes = { z = { n_updates = 1 } }", "own_changes for z, no arm"),
    ],
)
def test_a_stress_that_cannot_be_carried_out_says_why(write, lines, expected):
    with pytest.raises(InputError, match=expected):
        read_claim(write(MINIMAL + f'\n[[protocol.stress]]\nname = "s"\n{lines}\n'))


def test_an_expectation_may_name_recipes_of_its_own(write):
    text = (
        UNTESTED
        + """
[conformity]
expect = [{ says = "it is", fact = "objective.name", equals = "cpc", recipes = ["paper_cpc"] }]
"""
    )
    (expected,) = read_claim(write(text)).expectations
    assert expected.recipe == "paper_cpc"
    with pytest.raises(InputError, match="'it is' names no recipes"):
        read_claim(write(text.replace(', recipes = ["paper_cpc"]', "")))


def test_every_empirical_claim_has_a_protocol_and_every_setting_of_the_study_is_compared():
    for entry in bundled().values():
        if entry.claim.kind == "empirical":
            assert entry.protocol is not None, entry.claim.id
    for claim_id in ("C01", "C10", "C11", "C12", "C14", "C15", "C16"):
        assert bundled()[claim_id].expectations, claim_id
