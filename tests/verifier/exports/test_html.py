import re

import pytest
from lxml import etree, html

from verifier.exports import _words
from verifier.looks import STATUS_LOOKS

FETCHES = {"src", "srcset", "data", "action", "poster", "background", "formaction"}


@pytest.fixture(scope="module")
def page(rendered: dict[str, bytes]) -> str:
    return rendered["html"].decode()


@pytest.fixture(scope="module")
def tree(page: str) -> etree._Element:
    return html.document_fromstring(page)


def test_every_tag_is_closed_and_every_link_within_the_page_leads_somewhere(
    tree: etree._Element, page: str
) -> None:
    for tag in ("div", "table", "tr", "td", "section", "article", "details", "dl", "ul", "figure"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    targets = {a.get("href")[1:] for a in tree.iter("a") if a.get("href").startswith("#")}
    assert targets
    assert targets <= ids


def test_no_id_stands_twice(tree: etree._Element) -> None:
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_the_page_fetches_nothing_and_runs_nothing(tree: etree._Element, page: str) -> None:
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert name not in FETCHES or (element.tag, name) == ("td", "data-name")
            assert not name.startswith("on")
            if name.endswith("href"):
                assert element.tag == "a"
                assert value.startswith(("#", "http://", "https://"))
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_text_of_others_is_shown_letter_by_letter(
    tree: etree._Element, page: str, nasty: str
) -> None:
    assert "<script" not in page
    headings = [" ".join(heading.itertext()) for heading in tree.iter("h3")]
    assert nasty in headings
    quotes = [" ".join(quote.itertext()) for quote in tree.iter("blockquote")]
    assert any(nasty in quote for quote in quotes)
    assert "Synthetic data cannot settle this <b>at all</b>." in tree.text_content()


def test_a_link_that_is_no_web_address_is_only_text(tree: etree._Element) -> None:
    assert "javascript:alert(1)" in tree.text_content()
    assert not [a for a in tree.iter("a") if "javascript" in a.get("href")]


def test_every_status_word_is_explained_and_never_shown_by_colour_alone(
    tree: etree._Element,
) -> None:
    text = tree.text_content()
    for meaning in (*_words.STATUS_MEANINGS.values(), *_words.FINDING_MEANINGS.values()):
        assert meaning in text
    badges = {" ".join(badge.text_content().split()) for badge in tree.find_class("badge")}
    assert {f"{look.icon} {look.word}" for look in STATUS_LOOKS.values()} <= badges


def test_charts_are_drawn_in_the_page_with_their_words(tree: etree._Element) -> None:
    figures = list(tree.iter("figure"))
    assert len(figures) == 1 + 4 + 1  # statuses, claims with estimates, scaling
    for figure in figures:
        assert figure.get("role") == "img"
        assert figure.get("aria-label")
        assert len(list(figure.iter("svg"))) == 1


def test_the_page_follows_dark_mode_and_can_be_printed_and_read_on_a_phone(page: str) -> None:
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page
    assert 'name="viewport" content="width=device-width' in page
    assert 'fill="black"' not in page.lower()
    assert 'fill="#000"' not in page


def test_a_claim_has_both_witnesses_numbers_reasons_runs_and_commands(
    tree: etree._Element,
) -> None:
    text = " ".join(tree.get_element_by_id("claim-C04").text_content().split())
    for expected in (
        "The literature supports it; our own runs support it.",
        "very likely, 91\N{NO-BREAK SPACE}%",
        "the least of 2 effects, cpc − jepa, 2048 records: 0.024 [0.011, 0.038] macro AUROC",
        "low ⊕⊕○○",
        "imprecision (−1 level): Only 3 seeds for each arm.",
        "replication at reduced scale",
        "S4D with 61 thousand parameters",
        "primary source",
        "HuBERT and DINO-SR do not run.",
        "c0ffee",
        "an earlier protocol than this one decided",
        "python -m verifier verify C04 --preset quick --data synthetic",
        "matched to this claim at 93 of 100",
        "cut off there",
        "✗ no: the embedding collapsed: effective rank 1.0",
    ):
        assert " ".join(expected.split()) in text


def test_a_missing_number_is_a_dash_with_its_reason(tree: etree._Element) -> None:
    text = tree.get_element_by_id("claim-C05").text_content()
    assert "— (the judge abstained)" in text
    assert "— (decided by a person)" in tree.get_element_by_id("claim-C07").text_content()
    assert "This witness has not been asked yet." in text + tree.text_content()


def test_conformity_is_labelled_as_no_evidence(tree: etree._Element) -> None:
    text = tree.get_element_by_id("claim-C10").text_content()
    assert "shown, not evidence" in text
    assert "— (the description has no stem.width)" in text


def test_a_person_who_overrules_is_named_with_the_reason(tree: etree._Element) -> None:
    assert "Decided by Ada" in tree.get_element_by_id("claim-C07").text_content()


def test_the_scaling_section_says_that_its_range_is_insufficient(tree: etree._Element) -> None:
    text = " ".join(tree.get_element_by_id("scaling").text_content().split())
    assert "Insufficient range" in text
    assert "Runs that no point counts: 1 invalid." in text
    assert "random encoder" in text


def test_html_and_markdown_say_the_same(rendered: dict[str, bytes], tree: etree._Element) -> None:
    told = rendered["markdown"].decode().replace("\\", "")
    text = " ".join(tree.text_content().split())
    for line in (*_words.LIMITATIONS, _words.WHAT_THIS_IS, _words.CONFORMITY_NOTE):
        assert line in told
        assert line in text
