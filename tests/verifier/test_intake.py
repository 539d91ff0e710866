import json

import pytest

from verifier import intake
from verifier.archive import ClaimFilter
from verifier.claim import InputError
from verifier.protocol import bundled

CSV = """claim,verified,confidence
All models of the study work at 240 Hz with 12-lead ECG inputs.,no,0.04
All models of the study work at 500 Hz with 12-lead ECG inputs.,no,0.04
Zebras have better ECGs than horses.,yes,11 %
"""


def preview(workspace, text: str, name: str = "r.csv"):
    return intake.preview(workspace, text.encode(), name=name)


def test_a_preview_stores_nothing(workspace):
    preview(workspace, CSV)
    assert workspace.archive.reports() == []
    assert workspace.archive.claims().n_found == 18


def test_a_claim_that_is_there_is_linked_and_a_near_one_is_not(workspace):
    same, changed, unknown = preview(workspace, CSV).decisions
    assert (same.claim_id, same.is_new, same.protocol_id) == ("C12", False, "C12")
    assert changed.is_new
    assert changed.protocol_id is None, "240 and 500 Hz are different claims"
    assert "500" in changed.remarks[0]
    assert unknown.is_new
    assert unknown.protocol_id is None
    assert unknown.remarks == (), "what only shares a word or two with a claim is not near it"


def test_storing_adds_the_new_claims_and_links_the_known(workspace):
    report_id = intake.store(workspace, preview(workspace, CSV))
    assert workspace.archive.claims().n_found == 20
    (mention,) = workspace.archive.claim("C12").mentions
    assert (mention.report_id, mention.verified, mention.confidence) == (report_id, False, 0.04)


def test_what_was_remarked_in_reading_a_report_is_stored_with_it(workspace_on_either):
    workspace = workspace_on_either
    data = "claim;verdict\nAlle Zebras schlafen im Stehen – oft.;Mixed\n".encode("cp1252")
    report_id = intake.store(workspace, intake.preview(workspace, data, name="r.csv"))
    (claim,) = workspace.archive.claims(ClaimFilter(report_id=report_id)).claims
    assert claim.mentions[0].remarks == (
        "the report says 'Mixed', which is neither verified nor not",
    )
    assert workspace.archive.report(report_id).notes == (
        "read as Windows-1252, since it is not UTF-8",
    )


def test_the_same_report_again_adds_nothing(workspace):
    first = intake.store(workspace, preview(workspace, CSV))
    again = preview(workspace, CSV)
    assert again.known_report_id == first
    assert intake.store(workspace, again) == first
    assert workspace.archive.claims().n_found == 20
    assert len(workspace.archive.claim("C12").mentions) == 1


def test_another_report_with_the_same_claims_links_them_all(workspace):
    intake.store(workspace, preview(workspace, CSV))
    other = preview(workspace, CSV.replace("0.04", "0.05"))
    assert not any(decision.is_new for decision in other.decisions)
    intake.store(workspace, other)
    assert workspace.archive.claims().n_found == 20


def test_wrong_input_is_named_and_nothing_is_stored(workspace):
    with pytest.raises(InputError, match="7"):
        preview(workspace, CSV + "A fine claim about ECGs.,no,7\n")
    assert workspace.archive.reports() == []


def test_the_seed_report_links_all_sixteen_claims(workspace, shared):
    data = (shared / "seed" / "report.txt").read_bytes()
    found = intake.preview(workspace, data, name="report.txt")
    ids = [decision.claim_id for decision in found.decisions]
    assert ids == [f"C{n:02}" for n in range(1, 17)]
    assert [d.protocol_id for d in found.decisions if d.claim_id in ("C03", "C02")] == [None, "C03"]
    cut = [d.reported.position for d in found.decisions if d.reported.is_cut]
    assert cut == [3, 4, 9, 13, 15, 16]
    assert len(found.report.references) == 3


def test_the_claims_we_print_can_be_imported_again(workspace):
    from verifier.exports.json import claim_json

    intake.store(workspace, preview(workspace, CSV))
    printed = json.dumps([claim_json(s, is_asked=False) for s in workspace.archive.claims().claims])
    again = preview(workspace, printed, "claims.json")
    assert not any(decision.is_new for decision in again.decisions)


def test_every_bundled_claim_matches_itself(workspace):
    text = json.dumps([entry.claim.statement for entry in bundled().values()])
    found = preview(workspace, text, "own.json").decisions
    assert [decision.claim_id for decision in found] == list(bundled())


def test_documents_are_stored_once(workspace):
    text = b"A paper\n\nState space models are superior to transformers in every way."
    (first,) = intake.add_documents(workspace, text, name="paper.txt")
    (again,) = intake.add_documents(workspace, text, name="paper.txt")
    assert first.id == again.id
    assert len(workspace.archive.documents()) == 1


def test_a_document_that_cannot_be_read_is_refused_by_name(workspace):
    with pytest.raises(InputError, match=r"broken\.pdf"):
        intake.add_documents(workspace, b"not a pdf", name="broken.pdf")
