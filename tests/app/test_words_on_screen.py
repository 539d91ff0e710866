"""How values and other people's text read on screen."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_pages._passages import is_web_address, marked, surroundings
from app_pages._words import ago, literal
from verifier.document import Document
from verifier.verdict import Evidence

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
TEXT = "First sentence. The quote stands here. Last sentence."


def document(text: str) -> Document:
    return Document(key="file:1", title="A study", text=text, source="file", id=1)


def evidence(quote: str, start: int) -> Evidence:
    return Evidence(document_id=1, start=start, end=start + len(quote), quote=quote, score=0.5)


@given(st.text())
def test_nothing_in_a_literal_can_begin_markup(text: str) -> None:
    shown = literal(text)

    for place, character in enumerate(shown):
        if character in "*_`$<[]":
            before = shown[:place]
            n_backslashes = len(before) - len(before.rstrip("\\"))
            assert n_backslashes % 2 == 1


@pytest.mark.parametrize("text", [":red[x]", ":material/home:", ":smile:", "a::b"])
def test_no_colon_of_a_literal_begins_a_directive(text: str) -> None:
    shown = literal(text)

    assert all(shown[n + 1 : n + 2] in ("", "\u2060") for n, c in enumerate(shown) if c == ":")


@pytest.mark.parametrize("text", ["www.example.org", "see WWW.example.org", "a@example.org"])
def test_no_address_in_a_literal_becomes_a_link(text: str) -> None:
    assert not re.search(r"www\\?\.|@\w", literal(text), re.IGNORECASE)
    assert literal(text).replace("\u2060", "").replace("\\", "") == text


@given(st.text(), st.text(min_size=1), st.text())
def test_a_passage_holds_no_tag_but_ours(before: str, quote: str, after: str) -> None:
    found = evidence(quote, start=len(before))

    html = marked(surroundings(document(before + quote + after), found))

    inside = html.replace("<br>", "")
    assert inside.count("<") == len(["<div", "<mark", "</mark", "</div"])


def test_the_text_around_a_quote_is_cut_between_words() -> None:
    text = f"{'wordy ' * 80}The quote stands here. {'wordy ' * 80}"
    start = text.index("The quote")
    parts = surroundings(document(text), evidence("The quote stands here.", start=start))
    around = f"{parts.before} {parts.after}"
    assert set(around.split()) == {"…", "wordy"}


def test_a_quote_that_is_no_longer_at_its_place_stands_alone() -> None:
    parts = surroundings(document("Another text altogether."), evidence("The quote", start=16))

    assert (parts.before, parts.quote, parts.is_in_place) == ("", "The quote", False)


def test_a_quote_stands_in_the_text_around_it() -> None:
    parts = surroundings(document(TEXT), evidence("The quote stands here.", start=16))

    assert parts.before + parts.quote + parts.after == TEXT


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "", "http://[x"])
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    assert not is_web_address(url)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5, minutes=59), "5 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(seconds=-9), "just now"),
    ],
)
def test_says_how_long_ago_in_one_unit(passed: timedelta, words: str) -> None:
    assert ago(NOW - passed, NOW) == words
