"""A paper that was taken back, and the notice that takes it back, settle no claim."""

import json

import pytest

from verifier import intake, searching
from verifier.claim import Claim
from verifier.document import Document, is_notice_title
from verifier.gathering import Library
from verifier.literature.merging import merged
from verifier.reading import Reader
from verifier.verdict import Finding, Kind
from verifier.web import Door

SENTENCE = "The study covers five pretraining objectives."
CLAIM = Claim(id="X-1", statement=SENTENCE, kind=Kind.EMPIRICAL, origin="imported")


def finding(workspace, claim=CLAIM):
    return Reader.of(Library(workspace.archive, Door())).assess(claim)


def paper(**more):
    known = {"key": "doi:10.1/paper", "title": "Five objectives for ECGs", "doi": "10.1/paper"}
    return Document(**{**known, "text": SENTENCE, "source": "file", **more})


@pytest.mark.parametrize(
    "notice",
    [
        {"title": "Retraction: Five objectives for ECGs"},
        {"title": "Retraction Note to “Five objectives for ECGs”"},
        {"title": "Expression of concern about five objectives"},
        {"title": "A title like any", "notes": ("itself a notice (retraction) about 10.1/paper",)},
    ],
)
def test_a_notice_with_an_abstract_is_no_evidence(workspace, notice):
    workspace.archive.put_documents([paper(key="doi:10.1/n", doi="10.1/n")])
    assert finding(workspace).finding is Finding.SUPPORTED, "as a paper it would be"
    (other,) = workspace.archive.put_documents([paper(key="doi:10.1/notice", doi="", **notice)])
    workspace.removals.remove(1, author="a", reason="r")

    said = finding(workspace)
    assert said.finding is not Finding.SUPPORTED
    assert other.id not in [each.document_id for each in said.evidence]


@pytest.mark.parametrize(
    ("title", "is_notice"),
    [
        ("Notice of Retraction and Replacement. Five objectives", True),
        ("RETRACTION NOTICE: Five objectives", True),
        ("Withdrawal statement for: Five objectives", True),
        ("Editorial Expression of Concern: Five objectives", True),
        ("Erratum to: Five objectives", True),
        ("Corrigendum — Five objectives", True),
        ("Author Correction: Five objectives", True),
        ("Correction to: Five objectives", True),
        ("Correction of baseline drift in ECGs", False),
        ("Retraction of pacemaker leads: a case report", False),
        ("Removal of powerline noise from ECGs", False),
        ("Retraction notices in cardiology, a survey", False),
        ("Withdrawal symptoms and the QT interval", False),
        ("RETRACTED: Five objectives", False),
    ],
)
def test_a_notice_is_known_by_its_title(title, is_notice):
    assert is_notice_title(title) is is_notice


def test_a_stored_notice_flags_the_paper_it_is_about_whichever_came_first(workspace):
    notice = Document(
        key="doi:10.1/r",
        title="A note",
        text="We take it back.",
        source="crossref",
        notes=("itself a notice (retraction) about 10.1/paper",),
    )
    for found in ([notice], [paper()]):
        works = searching.stored(merged(found), workspace.archive)
        searching.note_retractions(found, works, workspace.archive)
    flagged = workspace.archive.document_of_key("doi:10.1/paper")
    assert flagged.retraction == "retracted, as doi:10.1/r says"
    said = finding(workspace)
    assert said.finding is Finding.INCONCLUSIVE
    assert any("was withdrawn" in reason.text for reason in said.reasons)


def test_a_correction_does_not_flag_what_it_corrects(workspace):
    notice = Document(
        key="doi:10.1/c",
        title="A note",
        text="Table 2 is mended.",
        source="crossref",
        notes=("itself a notice (correction) about 10.1/paper",),
    )
    found = [notice, paper()]
    works = searching.stored(merged(found), workspace.archive)
    searching.note_retractions(found, works, workspace.archive)
    assert finding(workspace).finding is Finding.SUPPORTED


def test_a_source_that_knows_a_notice_is_believed_where_another_does_not():
    one = paper(key="doi:10.1/n", source="openalex", text="A long abstract of a notice.")
    two = paper(
        key="doi:10.1/n", source="crossref", text="", notes=("itself a notice (retraction)",)
    )
    (work,) = merged([one, two])
    assert work.document.is_notice


def test_a_notice_titled_like_its_paper_is_not_taken_for_it():
    title = "Five pretraining objectives for the electrocardiogram"
    about = {"key": "doi:10.1/r", "doi": "10.1/r", "notes": ("itself a notice (correction)",)}
    works = merged([paper(title=title), paper(title=title, **about)])
    assert [work.document.is_notice for work in works] == [False, True]


def test_an_uploaded_paper_whose_title_says_retracted_decides_nothing(workspace):
    line = {"arxiv_id": "2605.00001", "title": "RETRACTED: Five", "abstract": SENTENCE}
    intake.add_documents(workspace, json.dumps(line).encode(), name="a.jsonl")
    said = finding(workspace)
    assert said.finding is Finding.INCONCLUSIVE
    assert said.evidence[0].stance is None


def test_an_uploaded_notice_in_jats_says_what_it_is_about(workspace):
    jats = f"""<article article-type="retraction" xmlns:xlink="http://www.w3.org/1999/xlink">
    <front><article-meta><title-group><article-title>On five objectives</article-title>
    </title-group><related-article related-article-type="retracted-article"
    ext-link-type="doi" xlink:href="10.1/PAPER"/><abstract><p>{SENTENCE}</p></abstract>
    </article-meta></front></article>"""
    (stored,) = intake.add_documents(workspace, jats.encode(), name="r.xml")
    assert stored.notice_about == (("retraction", "10.1/paper"),)
    assert finding(workspace).finding is Finding.NOT_TESTABLE, "nothing else is there to read"


def test_what_verifying_finds_withdrawn_is_kept_as_such(workspace, monkeypatch):
    """As a search does: the flag came with the paper, and was lost on the way."""
    gone = paper(retraction="Crossref: retracted", source="crossref")

    class Source:
        needs = staticmethod(lambda environ: ())
        search = staticmethod(lambda query, *, limit, door: [gone])
        fetch = staticmethod(lambda ids, *, door: [])

    monkeypatch.setattr("verifier.gathering.SOURCES.load", lambda name: Source)
    monkeypatch.setattr("verifier.gathering.look_up_notices", lambda *_: 0)
    Library(workspace.archive, Door()).gather([CLAIM])
    assert workspace.archive.document_of_key("doi:10.1/paper").retraction == "Crossref: retracted"
    assert finding(workspace).finding is Finding.INCONCLUSIVE


def test_verifying_looks_up_the_papers_at_hand_for_notices(workspace, sources, source_door):
    retracted = {"DOI": "10.1/paper", "updated-by": [{"type": "retraction"}]}
    sources.answers = {
        "/arxiv/api/query": lambda asked: (404, {}),
        "/crossref/works": lambda asked: {"message": {"items": []}},
        "/crossref/works/10.1/paper": lambda asked: {"message": retracted},
        "/epmc/search": lambda asked: {"resultList": {"result": []}},
    }
    workspace.archive.put_documents([paper()])
    Library(workspace.archive, source_door).gather([CLAIM])
    assert workspace.archive.document_of_key("doi:10.1/paper").retraction == "Crossref: retracted"
