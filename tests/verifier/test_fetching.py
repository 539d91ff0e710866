import pytest

from verifier import inquiring
from verifier.document import Document
from verifier.verdict import Assessment, Evidence, Finding, Kind, Witness

HTML = (
    b"<html><article><h1>T</h1><h2>1 Results</h2><p>S4 wins on every task we tried.</p></article>"
)
JATS = b"<article><body><sec><title>Results</title><p>S4 wins again.</p></sec></body></article>"


@pytest.fixture
def paper(workspace):
    (stored,) = workspace.archive.put_documents(
        [
            Document(
                key="arxiv:2605.12241",
                title="The study",
                text="S4 wins.",
                source="arxiv",
                version=1,
                authors=("Ann Author",),
            )
        ]
    )
    return stored


@pytest.fixture
def fetch(workspace, sources, source_door):
    def go(key: str):
        asked = workspace.inquiries.request("read", key)
        inquiry = workspace.inquiries.claim("test", id=asked)
        inquiring.answer(workspace, inquiry, door=source_door)
        return workspace.inquiries.get(asked)

    return go


def test_the_html_of_arxiv_becomes_the_papers_text_under_its_key(fetch, workspace, sources, paper):
    sources.answers["/arxiv/html/2605.12241v1"] = lambda asked: HTML
    assert fetch(paper.key).state == "finished"
    found = workspace.archive.document_of_key(paper.key)
    assert "S4 wins on every task we tried." in found.text
    assert (found.extent, found.title, found.authors) == (
        "full text",
        "The study",
        ("Ann Author",),
    )
    assert workspace.archive.document(paper.id).text == "S4 wins.", "what was quoted from stays"


def test_without_html_the_pdf_is_asked_for(fetch, sources, paper):
    assert fetch(paper.key).state == "failed"
    assert [path for path in sources.paths() if path.startswith("/arxiv/")] == [
        "/arxiv/html/2605.12241v1",
        "/arxiv/pdf/2605.12241v1",
    ]


def test_an_open_article_is_read_from_europe_pmc(fetch, workspace, sources):
    workspace.archive.put_documents(
        [
            Document(
                key="doi:10.1/x",
                title="Known",
                text="",
                source="europe_pmc",
                other_keys=("pmc:PMC9",),
            )
        ]
    )
    sources.answers["/epmc/PMC9/fullTextXML"] = lambda asked: JATS
    assert fetch("doi:10.1/x").state == "finished"
    assert "S4 wins again." in workspace.archive.document_of_key("doi:10.1/x").text


def test_where_nobody_has_it_openly_that_is_said(fetch, paper):
    found = fetch(paper.key)
    assert found.message == "No source has the full text of arxiv:2605.12241 openly."


def test_a_file_that_cannot_be_read_is_said_and_the_abstract_stays(
    fetch, workspace, sources, paper
):
    sources.answers["/arxiv/pdf/"] = lambda asked: b"%PDF-1.4 broken"
    found = fetch(paper.key)
    assert found.state == "failed"
    assert "was it cut short?" in found.message
    assert workspace.archive.document_of_key(paper.key).text == "S4 wins."


def test_an_assessment_whose_quote_is_not_in_its_document_is_refused(workspace, paper):
    def quoting(start: int, quote: str) -> Assessment:
        return Assessment(
            claim_id="C01",
            witness=Witness.LITERATURE,
            finding=Finding.SUPPORTED,
            reason="so",
            basis=quote,
            evidence=(
                Evidence(
                    document_id=paper.id, start=start, end=start + len(quote), quote=quote, score=1
                ),
            ),
        )

    for start, quote in ((0, "S5 wins."), (1, "S4 wins."), (0, "")):
        with pytest.raises(ValueError, match="does not hold"):
            workspace.archive.append(quoting(start, quote), kind=Kind.DESCRIPTIVE)
    assert workspace.archive.assessments("C01") == []
    assert workspace.archive.append(quoting(0, "S4 wins."), kind=Kind.DESCRIPTIVE)
