import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import models as bundled
from models.__main__ import main
from models.recipe import Recipe

COMMAND = [sys.executable, "-m", "models"]
LONG = {"n_updates": 100_000}


def write_recipe(folder, **changes):
    path = folder / "recipe.json"
    path.write_text(Recipe.bundled("tiny").with_changes(changes).canonical_json())
    return path


def wait_for(condition, timeout_s=300):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_training(out: Path) -> bool:
    path = out / "progress.jsonl"
    return path.is_file() and "pretraining" in path.read_text()


def test_a_run_ends_with_a_result_and_status_0(tmp_path, cache, capsys):
    out = tmp_path / "out"
    assert main(["run", "tiny", "--out", str(out), "--cache", str(cache), "--seed", "3"]) == 0
    result = json.loads((out / "result.json").read_text())
    assert result["recipe"]["seed"] == 3
    assert str(out) in capsys.readouterr().out
    another = ["run", "tiny", "--out", str(out), "--cache", str(cache), "--seed", "4"]
    assert main(another) == 76, "a supervisor sets such a folder aside"
    assert "holds another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "tinny"], "Did you mean 'tiny'"),
        (["run", "absent.toml"], "Cannot read recipe absent.toml"),
        (["run", "absent.json"], "Cannot read recipe absent.json"),
        (["run", "tiny", "--data", "ptb_xl:/nowhere"], "/nowhere is no folder"),
        (["run", "tiny", "--data", "ptb_xl"], "needs its folder"),
        (["describe", "reducd"], "Did you mean 'reduced'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_status_2(
    tmp_path, capsys, arguments, message
):
    extra = ["--out", str(tmp_path / "out")] if arguments[0] == "run" else []
    assert main([*arguments, *extra]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_options_of_another_data_set_do_not_follow(tmp_path, capsys):
    """`tiny` states sizes of the synthetic set; with PTB-XL only the folder is complained of."""
    arguments = ["run", "tiny", "--data", f"ptb_xl:{tmp_path}", "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "ptbxl_database.csv" in capsys.readouterr().err


def test_a_misspelt_option_of_a_module_is_named_with_status_2(tmp_path, capsys):
    path = write_recipe(tmp_path, **{"objective_options.horizn": 2})
    assert main(["run", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "Did you mean 'horizon'" in capsys.readouterr().err


def test_an_invalid_run_has_status_1_and_a_result(tmp_path, cache, capsys):
    path = write_recipe(tmp_path, learning_rate=1e30)
    out = tmp_path / "out"
    assert main(["run", str(path), "--out", str(out), "--cache", str(cache)]) == 1
    assert "invalid" in capsys.readouterr().err
    assert json.loads((out / "result.json").read_text())["is_valid"] is False


def test_a_number_that_is_none_is_refused_by_the_parser():
    with pytest.raises(SystemExit) as caught:
        main(["run", "tiny", "--out", "x", "--threads", "0"])
    assert caught.value.code == 2


def test_the_list_has_a_line_on_everything(capsys):
    assert main(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    kinds = {"recipes", "objectives", "backbones", "datasets", "probes", "text_encoders"}
    assert set(found) == {*kinds, "stems", "generators"}
    assert all(entries and entries[0]["description"] for entries in found.values())
    assert [entry["name"] for entry in found.pop("stems")] == ["stem"]
    for kind, entries in found.items():
        assert all(entry["description"] for entry in entries)
        folder = "data" if kind == "datasets" else kind
        ending = "toml" if kind == "recipes" else "py"
        there = (Path(bundled.__file__).parent / folder).glob(f"*.{ending}")
        names = sorted(each.stem for each in there if not each.stem.startswith("_"))
        assert [entry["name"] for entry in entries] == names


def test_a_reader_who_has_seen_enough_gets_no_traceback(root):
    child = subprocess.Popen(
        [*COMMAND, "list"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    child.stdout.close()  # as `head` does, here before the first line
    assert child.communicate()[1] == ""
    assert child.returncode == 141


@pytest.mark.parametrize("name", ["cpc", "jepa", "data2vec", "dinosr", "hubert"])
def test_the_papers_settings_are_found_in_the_modules(tmp_path, name):
    assert main(["describe", f"paper_{name}", "--out", str(tmp_path)]) == 0
    written = json.loads((tmp_path / "result.json").read_text())
    facts = written["facts"]
    assert (written["schema"], written["kind"]) == (1, "description")
    assert (facts["sampling_hz"], facts["n_leads"], facts["n_tokens"]) == (240, 12, 300)
    assert facts["stem"] == {
        "n_convolutions": 4,
        "n_batch_norms": 4,
        "kernels": [3, 1, 1, 1],
        "strides": [2, 1, 1, 1],
        "widths": [512, 512, 512, 512],
        "activation": "ReLU",
        "bias": False,
        "normalises_windows": name != "cpc",
    }
    assert facts["backbone"]["name"] == "s4"
    assert facts["backbone"]["n_layers"] == 4
    assert facts["backbone"]["n_state"] == 8
    assert facts["backbone"]["width"] == 512
    assert facts["backbone"]["is_causal"] == (name == "cpc")
    assert facts["objective"]["name"] == name
    assert facts["objective"]["has_teacher"] == (name != "cpc")
    assert facts["recipe"]["paper"] == "2605.12241"


def test_sigterm_leaves_a_checkpoint_from_which_the_run_goes_on(tmp_path, cache, root):
    path = write_recipe(tmp_path, **LONG)
    out = tmp_path / "out"
    command = [*COMMAND, "run", str(path), "--out", str(out), "--cache", str(cache)]
    for _ in range(2):
        seen = out.exists() and (out / "progress.jsonl").read_text().count("\n")
        child = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True)
        wait_for(
            lambda seen=seen: (
                is_training(out)
                and (out / "progress.jsonl").read_text().count("\n") > (seen or 0) + 2
            )
        )
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=300) == 143
        assert "stopped by SIGTERM" in child.stderr.read()
        child.stderr.close()
        assert (out / "checkpoint.pt").is_file()
    lines = [json.loads(line) for line in (out / "progress.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in lines if line["phase"] == "pretraining"]
    assert steps == sorted(steps)  # the second did not begin again


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_a_child_ends_with_its_parent(tmp_path, cache, root):
    path = write_recipe(tmp_path, **LONG)
    out = tmp_path / "out"
    starter = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({[*COMMAND, 'run', str(path), '--out', str(out)]!r}"
        f" + ['--cache', {str(cache)!r}, '--end-with-parent'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter], cwd=root, stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    wait_for(lambda: is_training(out))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    def is_gone() -> bool:
        status = Path(f"/proc/{child}/stat")
        try:
            return status.read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    wait_for(is_gone)
    assert (out / "checkpoint.pt").is_file()
