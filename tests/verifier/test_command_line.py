"""The program as a user runs it: real processes, real (tiny) trainings."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from verifier.__main__ import main
from verifier.doctor import in_words

ROOT = Path(__file__).parents[2]
REPORT = """claim,verified,confidence
A is better than B.,no,0.04
Zebras have better ECGs than horses.,yes,11 %
"""


@pytest.fixture
def run(tmp_path):
    def ran(*arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "verifier", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
            timeout=300,
            check=False,
        )
        assert done.returncode == expect, done.stderr
        return done

    return ran


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.csv"
    path.write_text(REPORT)
    return str(path)


def test_from_report_to_verdict_to_export(run, report, planted_claims, tmp_path):
    (planted_claims / "_presets.toml").write_text("[planted]\nn_seeds = 2\nsizes = [32]\n")

    imported = json.loads(run("import", report, "--json").stdout)
    assert imported["claims"][0]["id"] == "T-TRUE"
    assert (imported["added"], imported["linked"]) == (1, 1)
    assert json.loads(run("import", report, "--json").stdout)["added"] == 0

    asked = ["verify", "T-TRUE", "--preset", "planted", "--json", "--slots", "2"]
    first = json.loads(run(*asked).stdout)
    assert first["runs"] == {"wanted": 6, "computed": 6, "failed": []}
    (claim,) = first["claims"]
    assert claim["status"] != "unchecked"
    assert claim["experiment"]["finding"] in ("supported", "contradicted", "inconclusive")
    assert len(claim["runs"]) == 6

    second = json.loads(run(*asked).stdout)
    assert second["runs"]["computed"] == 0
    assert second["claims"] == first["claims"]

    listed = json.loads(run("claims", "--json").stdout)
    found = next(entry for entry in listed if entry["id"] == "T-TRUE")
    assert found["reported"]["verified"] is False
    assert found["reported"]["confidence"] == 0.04
    keys = {"id", "statement", "status", "confidence", "literature", "experiment"}
    assert keys | {"protocol", "runs", "reported"} <= set(found)
    witness = {"finding", "confidence", "certainty", "kind", "scope"}
    assert witness <= set(found["literature"])
    assert witness <= set(found["experiment"])

    for format in ("markdown", "html", "csv", "json"):
        target = tmp_path / f"out.{format}"
        run("export", "--format", format, "--output", str(target), "--report", "1")
        assert "A is better than B." in target.read_text(encoding="utf-8-sig")


def test_json_is_alone_on_standard_output(run):
    done = run("claims", "--json")
    assert len(json.loads(done.stdout)) == 18


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["import", "nothing.csv"], "nothing.csv cannot be read"),
        (["verify"], "Name the claims to verify, or say --all"),
        (["verify", "C99"], "There is no claim C99"),
        (["search", "--source", "arxif"], "No 'arxif' in verifier.sources. Did you mean 'arxiv'?"),
        (["search", "?", "--source", "arxif"], "No 'arxif'"),
        (["search"], "Say what to search for"),
        (["search", "ECG", "--show", "0"], "Ask a question, or name a search"),
        (["export", "--format", "docx", "--output", "x"], "No 'docx'"),
        (["export", "--format", "csv", "--output", "x", "--report", "7"], "There is no report 7"),
        (["runs", "cancel", "5"], "There is no run 5"),
        (["runs", "cancel"], "Name the runs: `runs cancel 7`"),
        (["protocol", "C03", "C99"], "There is no protocol 'C99'"),
        (["documents", "add"], "Name the files to add"),
        (["documents", "list", "paper.pdf"], "takes no names"),
        (["documents", "remove", "1"], "Say why it is removed: --reason TEXT"),
        (["candidates", "accept", "1"], "Say who accepts: --by NAME."),
        (["candidates", "reject", "1", "--by", "Ann"], "Say why: --reason TEXT."),
    ],
)
def test_wrong_input_ends_with_status_two_and_one_clear_line(run, arguments, expected):
    done = run(*arguments, expect=2)
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["worker", "--slots", "0"],
        ["verify", "C01", "--slots", "-1"],
        ["worker", "--limit-hours", "0"],
        ["worker", "--limit-gib", "nan"],
        ["search", "What?", "--per-query", "0"],
    ],
)
def test_a_number_that_would_do_no_work_is_refused_at_once(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "must be a" in capsys.readouterr().err


def _blocked(folder, monkeypatch):
    (folder / "taken").write_text("a file")
    monkeypatch.setenv("VERIFIER_HOME", str(folder / "taken"))
    return 2, "cannot be made: that is a file. VERIFIER_HOME names another."


def _no_address(folder, monkeypatch):
    monkeypatch.setenv("VERIFIER_DATABASE_URL", "secret")
    return 2, "VERIFIER_DATABASE_URL is no address"


def _unknown_kind(folder, monkeypatch):
    monkeypatch.setenv("VERIFIER_DATABASE_URL", "mysql://me:secret@host/x")
    return 2, "allowed are sqlite:////FOLDER/FILE.sqlite and postgresql://USER@HOST/NAME."


def _no_database(folder, monkeypatch):
    (folder / "replicheck.sqlite").write_bytes(b"no database at all, but long enough " * 40)
    monkeypatch.setenv("VERIFIER_HOME", str(folder))
    return 1, "the database cannot be used: file is not a database"


def _no_folder(folder, monkeypatch):
    monkeypatch.setenv("VERIFIER_DATABASE_URL", f"sqlite:///{folder}/nowhere/x.sqlite")
    return 2, f"There is no folder {folder}/nowhere for the database x.sqlite."


def _a_folder(folder, monkeypatch):
    (folder / "replicheck.sqlite").mkdir()
    monkeypatch.setenv("VERIFIER_HOME", str(folder))
    return 2, f"The database {folder}/replicheck.sqlite cannot be opened: that is a folder."


BROKEN = (_blocked, _no_address, _unknown_kind, _no_database, _no_folder, _a_folder)


@pytest.mark.parametrize("broken", BROKEN)
def test_a_place_that_cannot_be_opened_is_one_clear_line(broken, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("VERIFIER_DATABASE_URL", raising=False)
    status, expected = broken(tmp_path, monkeypatch)
    assert main(["claims"]) == status
    said = capsys.readouterr()
    assert expected in said.err
    assert "secret" not in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_an_export_that_finds_the_disk_full_leaves_the_earlier_one(tmp_path, monkeypatch, capsys):
    target = tmp_path / "report.md"
    target.write_text("the earlier report")
    whole = Path.write_bytes

    def half(path, data):
        whole(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    assert main(["export", "--format", "markdown", "--output", str(target)]) == 2
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    assert target.read_text() == "the earlier report"
    assert [p for p in tmp_path.iterdir() if "report" in p.name] == [target]


def test_lists_with_nothing_in_them_say_so(capsys):
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == "No run yet.\n"
    assert main(["cite"]) == 0
    said = capsys.readouterr()
    assert (said.out.strip(), said.err) == ("", "There is no paper to cite.\n")


def test_adding_a_document_twice_says_that_it_was_known(tmp_path, capsys):
    paper = tmp_path / "paper.txt"
    paper.write_text("On Hearts\n\nHearts beat. We measured a hundred of them for a year.\n")
    for expected in ("Read 1, 1 of them new.", "Read 1, 0 of them new."):
        assert main(["documents", "add", str(paper)]) == 0
        assert expected in capsys.readouterr().out


def test_the_doctor_says_what_is_there_and_what_is_missing(run):
    found = json.loads(run("doctor", "--json").stdout)
    assert found["packages"]["torch"].startswith("2.13.0")
    assert None not in found["packages"].values()
    assert "rules" in found["judges"]
    assert any("VERIFIER_OFFLINE" in entry for entry in found["missing"])
    words = "\n".join(in_words(found))
    assert "packages: streamlit " in words
    assert not set("{}[]'") & set(words), "words, not the Python of them"


def test_planted_claims_come_out_true_false_and_open_from_toml_to_report(
    run, planted_claims, workspace, tmp_path
):
    """The runs are decreed; asking, judging and reporting is done by command."""
    from tests.verifier.planted import carry_out
    from tests.verifier.test_verify import skill
    from verifier import verify
    from verifier.web import Door

    ids = ["T-TRUE", "T-FALSE", "T-OPEN"]
    verify.request(workspace, ids, preset="planted", data="synthetic")
    tended = workspace.verifications.claim("test")
    verify.tend(workspace, tended, door=Door(), sleep=lambda _: carry_out(workspace.queue, skill))

    said = json.loads(run("verify", *ids, "--preset", "planted", "--json").stdout)
    assert said["runs"]["computed"] == 0
    findings = {claim["id"]: claim["experiment"]["finding"] for claim in said["claims"]}
    assert findings == dict(zip(ids, ("supported", "contradicted", "inconclusive"), strict=True))
    report = run("export", "--format", "markdown", "--output", "-").stdout
    for statement in ("A is better than B.", "B is better than A.", "C is better than A."):
        assert statement in report
    assert "With 95 % confidence the effect lies above 0.02" in report
    assert "too small to matter or reversed" in report
    assert "are undecided" in report
