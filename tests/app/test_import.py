"""Importing: read and shown first, stored only on a person's word."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from verifier.workspace import Workspace

Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]

CSV = (
    "claim,verified,confidence\n"
    "CPC (Contrastive Predictive Coding) yields the strongest and most transferable "
    "representations across diverse clinical tasks.,yes,0.16\n"
    "Masked modelling helps rare rhythms more than common ones.,no,0.05\n"
)


def upload(at: AppTest, name: str, text: str) -> None:
    at.file_uploader(key="report_file").upload(name, text.encode()).run()


def test_a_report_is_shown_before_anything_is_stored(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    before = demo.archive.claims().n_found
    at = visit(demo_home, "importing")

    upload(at, "mine.csv", CSV)

    assert not at.exception
    rows = next(each.value for each in at.dataframe if "Becomes" in each.value)
    assert list(rows["Becomes"]) == ["mention of C04", "new claim"]
    assert list(rows["The report says"]) == ["✓ verified, 16 %", "× not verified, 5 %"]
    assert demo.archive.claims().n_found == before
    assert len(demo.archive.reports()) == 1


def test_importing_stores_what_was_shown_and_leads_on(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    before = demo.archive.claims().n_found
    at = visit(demo_home, "importing")
    upload(at, "mine.csv", CSV)

    at.button(key="import").click().run()

    assert not at.exception
    assert "Imported as report 2" in at.success[0].value
    assert demo.archive.claims().n_found == before + 1
    assert "What importing would do" not in [each.value for each in at.subheader]
    assert "See its claims and verify them" in read(at)
    at.run()
    assert "imported before, as report 2" in at.info[0].value
    assert "See its claims and verify them" in read(at)


def test_a_file_without_claims_is_refused_in_the_importers_words(
    visit: Visit, read: Read, demo_home: Path
) -> None:
    at = visit(demo_home, "importing")

    upload(at, "letter.txt", "Dear all,\nnothing to see here.\n")

    assert "Nothing was stored" in at.error[0].value
    assert "Looked for" in read(at)


def test_a_file_of_this_machine_can_be_named_by_its_path(
    visit: Visit, demo_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text(CSV, encoding="utf-8")
    at = visit(demo_home, "importing")

    at.radio(key="way").set_value("a file on this machine").run()
    at.text_input(key="report_path").set_value(str(tmp_path / "mine.csv")).run()

    assert any("Becomes" in each.value for each in at.dataframe)


def test_a_path_that_leads_nowhere_is_refused(visit: Visit, read: Read, demo_home: Path) -> None:
    at = visit(demo_home, "importing")
    at.radio(key="way").set_value("a file on this machine").run()

    for path in ("/no/such/file", "/dev/zero", "/tmp", "\0", "x" * 900, "~nobody-at-all/x"):
        at.text_input(key="report_path").set_value(path).run()
        assert not at.exception
        assert "Nothing was stored" in at.error[0].value


def test_documents_are_stored_and_a_bad_one_holds_up_no_other(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    before = len(demo.archive.documents())
    at = visit(demo_home, "importing")
    text = b"A study of ECGs\n\nWe find that masked modelling helps rare rhythms most of all."

    uploader = at.file_uploader(key="document_files")
    uploader.upload("empty.txt", b"")
    uploader.upload("study.txt", text)
    at.run()
    at.button(key="add_documents").click().run()

    assert not at.exception
    assert "1 document stored" in at.success[0].value
    assert at.error
    assert len(demo.archive.documents()) == before + 1
