"""A report of ours that somebody else imports: the same claims, and never our verdict on them."""

from dataclasses import replace

import pytest

from tests.demo.workspace import build_demo
from verifier import importers, intake
from verifier.dossier import Dossier, gather
from verifier.exports import EXPORTS
from verifier.exports._claim import chosen_mention
from verifier.verdict import Status

FORMATS = ["csv", "html", "json", "markdown"]
AWKWARD = r"""claim;verdict;confidence
Zebras: ECGs of theirs are better | than those of horses.;Mixed;High
=5 * 3 & <b>bold</b> marks \ `code` **stars** [win](http://a.b).;Refuted;0.125
- 5 % fewer errors at 10^2 records; "as said" – 心電図.;;0.996
Owls sleep by day.;supported;
Cats purr at 25 Hz.;;
"""


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dossier]:
    """The demo's report, one with awkward claims, and all claims there are."""
    workspace = build_demo(tmp_path_factory.mktemp("sender"))
    text = AWKWARD.replace('; "as said"', ', ""as said""').replace("- 5 %", '"- 5 %')
    text = text.replace("心電図.;", '心電図.";')
    found = intake.preview(workspace, text.encode(), name="awkward.csv")
    ids = [1, intake.store(workspace, found), None]
    names = ("demo", "awkward", "all")
    told = {name: gather(workspace, report_id=id) for name, id in zip(names, ids, strict=True)}
    workspace.database.close()
    return told


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("which", ["demo", "awkward", "all"])
def test_what_we_export_can_be_imported_by_somebody_else(
    workspace, sent: dict[str, Dossier], which: str, format: str
) -> None:
    export, dossier = EXPORTS.load(format), sent[which]
    name = f"report{export.SUFFIX}"
    found = intake.preview(workspace, export.render(dossier), name=name)
    report_id = intake.store(workspace, found)
    read = gather(workspace, report_id=report_id)

    for claim, decision in zip(dossier.claims, found.decisions, strict=True):
        said, id = chosen_mention(claim, dossier), claim.summary.claim.id
        assert decision.claim_id == id or id.startswith("demo-")  # those are not made of the words
        assert decision.reported.statement == claim.summary.claim.statement
        assert decision.reported.verified == (said and said.verified)
        assert decision.reported.confidence == (said and said.confidence)
        assert decision.reported.remarks == (() if said is None else _joined(said, format))
    assert {c.summary.verdict.status for c in read.claims} == {Status.UNCHECKED}
    assert "Replicheck" in read.report.notes[0]


def _joined(said, format: str) -> tuple[str, ...]:
    """All but JSON write several remarks as one."""
    return said.remarks if format == "json" else tuple(filter(None, ["; ".join(said.remarks)]))


@pytest.mark.parametrize("format", ["html", "json", "markdown"])
def test_what_a_report_of_ours_says_of_the_checked_report_comes_along(
    sent: dict[str, Dossier], format: str
) -> None:
    asks = replace(sent["demo"].report, question="How do A_1 & B scale?")
    dossier = replace(sent["demo"], report=asks)
    data = EXPORTS.load(format).render(dossier)
    read = importers.read(data, name="mail.txt")
    assert read.format == format
    assert (read.title, read.author, read.question) == (asks.title, asks.author, asks.question)
    assert [found.url for found in read.references] == [f.url for f in dossier.references]


def test_a_report_of_ours_that_an_editor_changed_is_read_with_a_remark(
    sent: dict[str, Dossier],
) -> None:
    page = EXPORTS.load("markdown").render(sent["awkward"]).decode()
    changed = page.replace("| ✓ verified |", "| maybe |")
    assert changed != page
    claims = importers.read(changed.encode(), name="a.md").claims
    assert claims[3].statement == "Owls sleep by day."
    assert claims[3].verified is None
    assert claims[3].remarks == ("not kept: verified is 'maybe'",)
