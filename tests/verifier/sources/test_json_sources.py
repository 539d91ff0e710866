"""OpenAlex, Semantic Scholar, Europe PMC and Crossref, against a server that plays them."""

import pytest

from verifier.sources import SOURCES, SourceError, crossref, europe_pmc, openalex, semantic_scholar
from verifier.web import Refused

OPENALEX_WORK = {
    "id": "https://openalex.org/W42",
    "doi": "https://doi.org/10.1000/ABC",
    "display_name": "State space models for ECG",
    "authorships": [{"author": {"display_name": "Ann Author"}}, {"author": None}],
    "publication_date": "2026-05-12",
    "abstract_inverted_index": {"models": [1], "win.": [2], "S4": [0]},
    "is_retracted": False,
    "primary_location": {"landing_page_url": "https://example.org/paper"},
}
S2_PAPER = {
    "paperId": "f00",
    "title": "State space models for ECG",
    "abstract": "S4 models win.",
    "authors": [{"authorId": "1", "name": "A. Author"}],
    "publicationDate": None,
    "year": 2026,
    "externalIds": {"ArXiv": "2605.12241", "DOI": "10.48550/arXiv.2605.12241"},
    "url": "https://www.semanticscholar.org/paper/f00",
}
EPMC_ENTRY = {
    "id": "123",
    "source": "MED",
    "pmcid": "PMC9",
    "doi": "10.1000/abc",
    "title": "State space models for ECG.",
    "abstractText": "<h4>Background</h4>S4 models <i>win</i>.",
    "authorList": {"author": [{"fullName": "Author A"}]},
    "firstPublicationDate": "2026-05-12",
    "pubTypeList": {"pubType": ["Journal Article", "Retracted Publication"]},
}
CROSSREF_ITEM = {
    "DOI": "10.1000/ABC",
    "title": ["State space models for ECG"],
    "abstract": "<jats:title>Abstract</jats:title><jats:p>S4 models win.</jats:p>",
    "author": [{"given": "Ann", "family": "Author"}],
    "issued": {"date-parts": [[2026, 5]]},
    "URL": "https://doi.org/10.1000/abc",
    "updated-by": [
        {"type": "correction", "DOI": "10.1000/c", "updated": {"date-parts": [[2026, 6, 1]]}},
        {"type": "retraction", "DOI": "10.1000/r", "updated": {"date-parts": [[2026, 7, 2]]}},
    ],
}


@pytest.fixture
def all_keys(monkeypatch):
    monkeypatch.setenv("OPENALEX_API_KEY", "open-secret")
    monkeypatch.setenv("SEMANTIC_SCHOLAR_API_KEY", "s2-secret")


@pytest.fixture
def answering(sources, all_keys):
    sources.answers = {
        "/openalex/works": lambda asked: {"results": [OPENALEX_WORK]},
        "/s2/paper/search": lambda asked: {"total": 1, "data": [S2_PAPER]},
        "/epmc/search": lambda asked: {"resultList": {"result": [EPMC_ENTRY]}},
        "/crossref/works": lambda asked: {"message": {"items": [CROSSREF_ITEM]}},
    }
    return sources


EXPECTED = {
    openalex: ("doi:10.1000/abc", "2026-05-12", ("Ann Author",), ""),
    semantic_scholar: ("arxiv:2605.12241", "2026", ("A. Author",), ""),
    europe_pmc: (
        "doi:10.1000/abc",
        "2026-05-12",
        ("Author A",),
        "Europe PMC: retracted publication",
    ),
    crossref: (
        "doi:10.1000/abc",
        "2026-05",
        ("Ann Author",),
        "Crossref: retracted (2026-07-02, doi:10.1000/r)",
    ),
}
TEXTS = {europe_pmc: "Background S4 models win."}


@pytest.mark.parametrize("source", EXPECTED, ids=lambda s: s.__name__.rsplit(".", 1)[-1])
def test_each_source_gives_one_record_type(source, answering, source_door):
    (paper,) = source.search('"state space" ECG', limit=5, door=source_door)
    assert (paper.key, paper.published, paper.authors, paper.retraction) == EXPECTED[source]
    assert paper.title == "State space models for ECG"
    assert paper.text == TEXTS.get(source, "S4 models win.")
    assert paper.extent == "abstract"


def test_a_source_whose_key_is_missing_says_which(sources):
    lacking = {name: SOURCES.load(name).needs({}) for name in SOURCES}
    assert lacking == {
        "arxiv": (),
        "crossref": (),
        "europe_pmc": (),
        "openalex": ("OPENALEX_API_KEY",),
        "semantic_scholar": ("SEMANTIC_SCHOLAR_API_KEY",),
    }


def test_keys_travel_as_each_source_wants_them_and_stay_out_of_what_is_kept(
    answering, source_door, tmp_path
):
    openalex.search("ECG", limit=1, door=source_door)
    semantic_scholar.search("ECG", limit=1, door=source_door)
    asked = {one.path: one for one in answering.asked}
    assert asked["/openalex/works"].query["api_key"] == "open-secret"
    assert asked["/s2/paper/search"].headers["x-api-key"] == "s2-secret"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "replies").iterdir())
    assert b"State space models" in kept
    assert b"secret" not in kept


def test_a_key_is_in_no_message(answering, source_door):
    answering.answers["/openalex/works"] = lambda asked: b"x" * 60_000_000
    with pytest.raises(Refused) as refused:
        openalex.search("ECG", limit=1, door=source_door)
    assert "open-secret" not in str(refused.value)
    answering.answers["/openalex/works"] = lambda asked: (401, {})
    with pytest.raises(SourceError, match="is the key right") as told:
        openalex.search("ECG again", limit=1, door=source_door)
    assert "open-secret" not in str(told.value)


@pytest.mark.parametrize("said", [b"<html>", [], {"results": {"a": 1}}, (500 + 1, {})])
def test_an_answer_that_is_none_is_a_source_error(said, answering, source_door):
    answering.answers["/openalex/works"] = lambda asked: said
    with pytest.raises(SourceError, match="OpenAlex"):
        openalex.search("ECG", limit=1, door=source_door)


@pytest.mark.parametrize("source", EXPECTED, ids=lambda s: s.__name__.rsplit(".", 1)[-1])
def test_records_with_holes_in_them_are_read_as_far_as_they_go(source, answering, source_door):
    answering.answers = {
        "/openalex/works": lambda asked: {"results": [{}, "no object"]},
        "/s2/paper/search": lambda asked: {"data": [{}]},
        "/epmc/search": lambda asked: {"resultList": {"result": [{}]}},
        "/crossref/works": lambda asked: {"message": {"items": [{"updated-by": None}]}},
    }
    (paper,) = source.search("ECG", limit=5, door=source_door)
    assert (paper.title, paper.text, paper.doi, paper.retraction) == ("", "", "", "")
    assert "lists no abstract" in paper.notes[0]


def test_an_empty_query_asks_nobody(answering, source_door):
    assert [source.search(" ", limit=5, door=source_door) for source in EXPECTED] == [[]] * 4
    assert answering.asked == []


def test_crossref_tells_a_listed_notice_from_none_and_from_an_unknown_doi(answering, source_door):
    sound = {**CROSSREF_ITEM, "DOI": "10.1000/sound", "updated-by": []}
    answering.answers = {
        "/crossref/works/10.1000/abc": lambda asked: {"message": CROSSREF_ITEM},
        "/crossref/works/10.1000/sound": lambda asked: {"message": sound},
    }
    said = crossref.retractions(["10.1000/abc", "10.1000/sound", "10.1000/x"], door=source_door)
    assert said == {
        "10.1000/abc": "Crossref: retracted (2026-07-02, doi:10.1000/r)",
        "10.1000/sound": "",
    }


def test_europe_pmc_gives_the_open_full_text(answering, source_door):
    answering.answers["/epmc/PMC9/fullTextXML"] = lambda asked: b"<article/>"
    (paper,) = europe_pmc.search("ECG", limit=1, door=source_door)
    assert europe_pmc.full_text(paper, door=source_door) == (b"<article/>", "PMC9.xml")


def test_a_search_repeated_within_a_week_is_not_asked_again(answering, source_door):
    first = crossref.search("ECG", limit=1, door=source_door)
    assert crossref.search("ECG", limit=1, door=source_door) == first
    assert answering.paths() == ["/crossref/works"]
