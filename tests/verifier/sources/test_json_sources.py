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
TEXTS = {europe_pmc: "Background: S4 models win."}


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


def test_a_refusal_says_what_the_service_says(answering, source_door):
    said = {"error": "Bad Request", "message": "fields is not a valid parameter"}
    answering.answers["/openalex/works"] = lambda asked: (400, said)
    with pytest.raises(SourceError, match="HTTP 400: fields is not a valid parameter"):
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


def test_one_work_is_known_by_what_every_source_calls_it(answering, source_door):
    """Fields as the services send them: a preprint's address, numbers of PubMed and its Central."""
    work = {
        **OPENALEX_WORK,
        "ids": {
            "pmid": "https://pubmed.ncbi.nlm.nih.gov/39000001",
            "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/11223344",
        },
        "primary_location": None,
        "locations": [{"landing_page_url": "http://arxiv.org/abs/2411.01234v2"}],
    }
    numbers = {"PubMed": "39000001", "PubMedCentral": "11223344", "CorpusId": 2}
    preprint_of = [{"id": "39000001", "source": "MED", "type": "Preprint of", "orderIn": 1}]
    entry = {
        "id": "PPR7",
        "source": "PPR",
        "title": "A preprint",
        "commentCorrectionList": {"commentCorrection": preprint_of},
    }
    answering.answers = {
        "/openalex/works": lambda asked: {"results": [work]},
        "/s2/paper/search": lambda asked: {"data": [{**S2_PAPER, "externalIds": numbers}]},
        "/epmc/search": lambda asked: {"resultList": {"result": [entry]}},
    }
    keys = {}
    for source in (openalex, semantic_scholar, europe_pmc):
        (paper,) = source.search("ECG", limit=1, door=source_door)
        keys[source] = (paper.key, *paper.other_keys)
    shared = ("europe_pmc:MED:39000001", "pmc:PMC11223344")
    assert keys == {
        openalex: ("arxiv:2411.01234", "openalex:W42", *shared),
        semantic_scholar: ("semantic_scholar:f00", *shared),
        europe_pmc: ("europe_pmc:PPR:PPR7", "europe_pmc:MED:39000001"),
    }
    assert "locations" in answering.asked[0].query["select"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("Retraction in", "Europe PMC: retracted"),
        ("Expression of concern in", "Europe PMC: expression of concern"),
        ("Erratum in", ""),
    ],
)
def test_a_notice_linked_to_an_article_is_a_notice_about_it(kind, said, answering, source_door):
    linked = {"commentCorrection": [{"id": "4", "source": "MED", "type": kind}]}
    entry = {**EPMC_ENTRY, "pubTypeList": None, "commentCorrectionList": linked}
    answering.answers["/epmc/search"] = lambda asked: {"resultList": {"result": [entry]}}
    (paper,) = europe_pmc.search("ECG", limit=1, door=source_door)
    assert paper.retraction == said


def test_a_notice_of_retraction_is_not_what_it_retracts(answering, source_door):
    about = [{"DOI": "10.1000/ABC", "type": "retraction", "label": "Retraction"}]
    notice = {"DOI": "10.1000/r", "title": ["Retracted: State space models"], "update-to": about}
    answering.answers["/crossref/works"] = lambda asked: {"message": {"items": [notice]}}
    (paper,) = crossref.search("ECG", limit=1, door=source_door)
    assert paper.retraction == ""
    assert paper.is_notice
    assert paper.notes[-1] == "itself a notice (retraction) about 10.1000/abc"


def test_every_source_that_knows_the_kind_of_a_work_tells_a_notice(answering, source_door):
    linked = {"commentCorrection": [{"id": "4", "source": "MED", "type": "Retraction of"}]}
    for kind in (
        {"commentCorrectionList": linked},
        {"pubTypeList": {"pubType": ["Retraction Notice"]}},
    ):
        entry = {**EPMC_ENTRY, "pubTypeList": None, **kind}
        answering.answers["/epmc/search"] = lambda asked, e=entry: {"resultList": {"result": [e]}}
        (paper,) = europe_pmc.search(f"ECG {sorted(kind)}", limit=1, door=source_door)
        assert (paper.is_notice, paper.retraction) == (True, "")
    answering.answers["/openalex/works"] = lambda asked: {
        "results": [{**OPENALEX_WORK, "type": "retraction"}]
    }
    (paper,) = openalex.search("ECG", limit=1, door=source_door)
    assert paper.is_notice


def test_a_new_version_is_a_work_and_no_notice(answering, source_door):
    again = [{"DOI": "10.1000/v1", "type": "new_version"}]
    item = {**CROSSREF_ITEM, "updated-by": [], "update-to": again}
    answering.answers["/crossref/works"] = lambda asked: {"message": {"items": [item]}}
    (paper,) = crossref.search("ECG", limit=1, door=source_door)
    assert not paper.is_notice


def test_groups_of_people_are_authors_too(answering, source_door):
    people = [{"given": "Ann", "family": "Author"}, {"name": "ECG Consortium"}]
    listed = {"author": [{"firstName": "Ann", "lastName": "Author", "fullName": "Author A"}]}
    listed["author"].append({"collectiveName": "ECG Consortium"})
    answering.answers["/crossref/works"] = lambda asked: {
        "message": {"items": [{**CROSSREF_ITEM, "author": people}]}
    }
    answering.answers["/epmc/search"] = lambda asked: {
        "resultList": {"result": [{**EPMC_ENTRY, "authorList": listed}]}
    }
    for source in (crossref, europe_pmc):
        (paper,) = source.search("ECG", limit=1, door=source_door)
        assert paper.authors == ("Ann Author", "ECG Consortium")


def test_crossref_is_not_asked_about_what_others_register(answering, source_door):
    assert crossref.retractions(["10.48550/arxiv.2605.12241"], door=source_door) == {}
    assert answering.asked == []


def test_an_abstract_keeps_its_numbers_headings_and_formulae(answering, source_door):
    formula = (
        "<jats:inline-formula><jats:alternatives><jats:tex-math>$$x^2$$</jats:tex-math><mml:math>"
        "<mml:mi>x</mml:mi></mml:math></jats:alternatives></jats:inline-formula>"
    )
    marked = (
        "<jats:title>Abstract</jats:title>\n <jats:sec>\n <jats:title>Objective</jats:title>\n "
        f"<jats:p>We test CO<jats:sub>2</jats:sub> and {formula} (p = 10<jats:sup>-4</jats:sup>; "
        "a <b and c> d).</jats:p></jats:sec><jats:title>Results</jats:title><jats:p>AUC &lt; 0.9."
        "</jats:p>"
    )
    item = {**CROSSREF_ITEM, "abstract": marked}
    answering.answers["/crossref/works"] = lambda asked: {"message": {"items": [item]}}
    (paper,) = crossref.search("ECG", limit=1, door=source_door)
    assert paper.text == (
        "Objective: We test CO2 and x (p = 10^-4; a <b and c> d). Results: AUC < 0.9."
    )
