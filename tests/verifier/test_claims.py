"""The bundled claims: complete, in our own words, and of the right kind."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from verifier.protocol import CLAIM_KEYS

FOLDER = Path(__file__).parents[2] / "verifier/claims"
SEED = Path(__file__).parents[2] / "../shared/seed/report.txt"
FILES = sorted(path for path in FOLDER.glob("*.toml") if not path.name.startswith("_"))
EMPIRICAL = {"C03", "C04", "C05", "C06", "C07", "C09", "C13", "RQ-A", "RQ-B"}
TOPICS = {"objectives", "backbones", "scaling", "data", "settings", "alignment"}


def table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_the_sixteen_claims_of_the_seed_report_and_both_halves_of_its_question_are_there() -> None:
    expected = {f"C{n:02d}" for n in range(1, 17)} | {"RQ-A", "RQ-B"}
    assert expected <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_claim_file_has_known_keys_a_sentence_a_topic_and_its_context(path: Path) -> None:
    found = table(path)
    assert found.keys() <= CLAIM_KEYS
    assert re.fullmatch(r"\S.*\w[.)]*\.", found["statement"])
    assert re.fullmatch(r"[A-Z].*\.", found["context"])
    assert found["topic"] in TOPICS
    assert found.get("note", {}).keys() <= {"text"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_claim_is_empirical_exactly_if_training_can_answer_it(path: Path) -> None:
    if path.stem.startswith(("C0", "C1", "RQ")):
        assert table(path)["kind"] == ("empirical" if path.stem in EMPIRICAL else "descriptive")


def test_a_claim_about_the_study_names_it_and_one_about_others_does_not() -> None:
    about_others = {path.stem for path in FILES if "study" not in table(path)}
    assert about_others & {f"C{n:02d}" for n in range(1, 17)} == {"C08", "C09"}
    assert {table(path).get("study", "2605.12241") for path in FILES} == {"2605.12241"}


@pytest.mark.skipif(not SEED.exists(), reason="the seed report is not beside this checkout")
def test_no_statement_is_a_sentence_of_the_seed_report() -> None:
    report = " ".join(SEED.read_text(encoding="utf-8").split()).casefold()
    for path in FILES:
        assert table(path)["statement"].casefold().rstrip(".") not in report
