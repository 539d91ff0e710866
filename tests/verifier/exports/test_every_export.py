import csv
import json
import zipfile
from dataclasses import replace
from io import BytesIO, StringIO

import pytest
from lxml import html

from verifier.dossier import Dossier
from verifier.exports import EXPORTS
from verifier.exports._words import EARLIER, LIMITED
from verifier.verdict import Concern, Finding, Reason

FORMATS = list(EXPORTS)


def readable(data: bytes) -> str:
    """All the text of a file, or of the files in it."""
    if not zipfile.is_zipfile(BytesIO(data)):
        return data.decode()
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is_and_what_its_files_are_called(name: str) -> None:
    export = EXPORTS.load(name)
    assert export.LABEL
    assert export.SUFFIX.startswith(".")
    assert "/" in export.MEDIA_TYPE


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_dossier_gives_the_same_bytes(
    name: str, dossier: Dossier, rendered: dict[str, bytes]
) -> None:
    assert EXPORTS.load(name).render(replace(dossier)) == rendered[name]


@pytest.mark.parametrize("name", FORMATS)
def test_every_claim_and_its_status_is_in_every_format(
    name: str, dossier: Dossier, rendered: dict[str, bytes]
) -> None:
    text = readable(rendered[name])
    for claim in dossier.claims[:4]:
        assert claim.summary.claim.id in text
        assert claim.summary.claim.statement in text
        assert claim.summary.verdict.status.value in text


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_known_is_a_report_and_not_an_error(name: str, empty_dossier: Dossier) -> None:
    assert EXPORTS.load(name).render(empty_dossier)


def test_every_format_says_which_claims_an_earlier_protocol_decided(
    dossier: Dossier, rendered: dict[str, bytes]
) -> None:
    expected = [
        claim.summary.claim.id
        for claim in dossier.claims
        if claim.experiment is not None and claim.experiment.assessment.protocol_hash
    ]  # the hash of these is made up, so no protocol of today's has it
    assert expected

    told = json.loads(rendered["json"])["claims"]
    assert [claim["id"] for claim in told if claim["is_outdated"]] == expected
    rows = csv.DictReader(StringIO(rendered["csv"].decode("utf-8-sig"), newline=""))
    assert [row["id"] for row in rows if row["is_outdated"] == "true"] == expected
    lines = [line for line in rendered["markdown"].decode().splitlines() if line.startswith("| ")]
    said = [line.split(":")[0].removeprefix("| ") for line in lines if EARLIER in line]
    assert said == expected
    page = html.fromstring(rendered["html"])
    cells = page.xpath("//section[@id='summary']//tbody/tr")
    assert [row[0][0].text for row in cells if EARLIER in row.text_content()] == expected
    assert EARLIER in page.xpath("//section[@id='summary']//figure/@aria-label")[0]


def test_tables_for_programs_say_which_claims_are_still_being_asked(dossier: Dossier) -> None:
    first, *others = dossier.claims
    meanwhile = replace(dossier, claims=(replace(first, is_asked=True), *others))
    told = json.loads(EXPORTS.load("json").render(meanwhile))["claims"]
    assert [claim["is_being_asked"] for claim in told] == [True, *[False] * len(others)]
    table = EXPORTS.load("csv").render(meanwhile).decode("utf-8-sig")
    rows = csv.DictReader(StringIO(table, newline=""))
    assert [row["is_being_asked"] for row in rows] == ["true", *["false"] * len(others)]


@pytest.mark.parametrize("name", FORMATS)
def test_what_reading_a_report_remarked_is_said(name: str, dossier: Dossier) -> None:
    first, *others = dossier.claims
    said = replace(first.summary.mentions[0], verified=None, remarks=("the report says 'Mixed'",))
    claim = replace(first, summary=replace(first.summary, mentions=(said,)))
    assert dossier.report is not None
    report = replace(dossier.report, notes=("read as Windows-1252",))
    text = readable(
        EXPORTS.load(name).render(replace(dossier, report=report, claims=(claim, *others)))
    )
    assert "the report says 'Mixed'" in text.replace("&#39;", "'")
    assert "read as Windows-1252" in text or name == "csv"


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_a_witness_that_decides_nothing_has_limits_and_no_certainty(
    name: str, dossier: Dossier
) -> None:
    known = dossier.claims[0]
    assert known.literature is not None
    said = replace(
        known.literature.assessment,
        finding=Finding.INCONCLUSIVE,
        certainty=None,
        reasons=(Reason(concern=Concern.INDIRECTNESS, text="Only abstracts."),),
    )
    undecided = replace(known, literature=replace(known.literature, assessment=said))
    told = readable(EXPORTS.load(name).render(replace(dossier, claims=(undecided,))))
    assert LIMITED in told
    assert "indirectness: Only abstracts." in told
