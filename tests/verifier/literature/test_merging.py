import pytest

from verifier.document import Document
from verifier.literature.merging import is_same, merged

TITLE = "Pretraining strategies and scaling for ECG foundation models"


def paper(key: str, title: str = TITLE, **more) -> Document:
    return Document(**{"key": key, "title": title, "text": "", "source": key[:4], **more})


def test_one_work_of_three_sources_is_one_record_with_the_most_to_quote():
    preprint = paper("arxiv:2605.12241", text="S4 wins.", source="arxiv", version=1)
    article = paper(
        "doi:10.1/x", text="S4 wins, and more.", source="crossref", doi="10.1/x", retraction="gone"
    )
    number = paper("openalex:W1", doi="10.1/x", source="openalex", authors=("Ann Author",))
    (work,) = merged([preprint, article, number])
    assert work.sources == ("arxiv", "crossref", "openalex")
    assert work.document.key == "arxiv:2605.12241"
    assert set(work.document.other_keys) == {"doi:10.1/x", "openalex:W1"}
    assert (work.document.text, work.document.doi) == ("S4 wins, and more.", "10.1/x")
    assert work.document.retraction == "gone"
    assert work.document.version is None  # the text is the article's, not the preprint's
    assert work.document.authors == ("Ann Author",)


def test_a_record_with_both_ids_joins_what_was_apart():
    arxiv = paper("arxiv:2605.12241", "A title in one language")
    article = paper("doi:10.1/x", "Quite another title of the same work", doi="10.1/x")
    both = paper("arxiv:2605.12241", "Third", doi="10.1/x", source="s2")
    works = merged([arxiv, article, both])
    assert [work.sources for work in works] == [("arxi", "doi:", "s2")]


@pytest.mark.parametrize(
    ("other", "is_one"),
    [
        (TITLE.upper() + ".", True),
        (TITLE.replace("Pretraining", "Pre-training"), True),
        ("RETRACTED: " + TITLE, True),
        (TITLE.replace("ECG", "EEG"), False),
        (f"Correction to: {TITLE}", False),
        ("Pretraining strategies for ECG foundation models", False),
    ],
)
def test_titles_that_differ_in_form_alone_are_one(other, is_one):
    assert is_same(paper("doi:10.1/x"), paper("openalex:W2", other)) is is_one


def test_parts_of_a_series_are_apart():
    long = "A very long title of a series about electrocardiography and its models, part "
    assert not is_same(paper("doi:10.1/1", long + "1"), paper("doi:10.1/2", long + "2"))
    assert not is_same(paper("doi:10.1/1", long + "II"), paper("doi:10.1/2", long + "III"))


def test_the_same_title_by_other_people_is_another_work():
    mine = paper("doi:10.1/1", authors=("Ann Author", "B. Second"))
    assert is_same(mine, paper("doi:10.1/2", authors=("Author, A.",)))
    assert not is_same(mine, paper("doi:10.1/2", authors=("Zoe Zimmer",)))


def test_two_preprints_are_never_one_by_title():
    assert not is_same(paper("arxiv:2605.12241"), paper("arxiv:2605.99999"))


def test_short_titles_say_too_little():
    assert not is_same(paper("doi:10.1/1", "Editorial"), paper("doi:10.1/2", "Editorial"))
