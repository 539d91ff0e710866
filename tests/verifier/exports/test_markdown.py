import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.dossier import Dossier
from verifier.exports.markdown import code, literal, render


@pytest.fixture(scope="module")
def page(dossier: Dossier) -> str:
    return render(dossier).decode()


def cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def outside_code(page: str) -> str:
    return re.sub(r"^(`{3,})\n.*?^\1$", "", page, flags=re.DOTALL | re.MULTILINE)


def test_every_table_has_the_same_number_of_cells_in_each_row(page: str) -> None:
    tables = re.findall(r"(?:^\|.*\|$\n?)+", outside_code(page), flags=re.MULTILINE)
    assert len(tables) > 5
    for table in tables:
        assert len({cells(line) for line in table.splitlines()}) == 1


def test_a_claim_whose_runs_went_on_meanwhile_says_that_its_status_may_change(
    dossier: Dossier, page: str
) -> None:
    first, *others = dossier.claims
    meanwhile = replace(dossier, claims=(replace(first, is_asked=True), *others))
    assert "still going on" not in page
    assert render(meanwhile).decode().count("Runs for it were still going on") == 1


def test_text_of_others_makes_no_markup(page: str) -> None:
    prose = outside_code(page)
    assert not re.search(r"(?<!\\)<script", prose)
    assert not re.search(r"(?<!\\)\$", prose)
    assert not re.search(r"(?<!\\)`", prose)
    assert not re.search(r"(?<!\\)\]\((?!<https?://)", prose)
    assert "javascript:alert(1)" in prose  # as text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a list", r"\- a list"),
        ("1. a list", r"1\. a list"),
        ("2026-01-02", "2026-01-02"),
        ("0.11 of it", "0.11 of it"),
        ("=====", r"\====="),
        ("a\n# b", "a # b"),
        ("![x](y)", r"!\[x\](y)"),
    ],
)
def test_what_would_begin_markup_is_escaped_and_figures_stay_readable(
    text: str, expected: str
) -> None:
    assert literal(text) == expected


@given(st.text())
def test_escaped_text_is_one_line_and_holds_every_letter(text: str) -> None:
    told = literal(text)
    assert len(told.splitlines()) <= 1
    assert re.sub(r"\\(.)", r"\1", told) == " ".join(text.split())


def test_a_block_of_code_cannot_be_closed_by_what_it_holds() -> None:
    assert code("a\n```\nb").startswith("````\n")


def test_a_link_leads_only_to_web_addresses(page: str) -> None:
    links = re.findall(r"\]\(<([^>]*)>\)", page)
    assert links
    assert all(link.startswith(("http://", "https://")) for link in links)


def test_a_primary_source_is_marked_and_linked(page: str) -> None:
    assert re.search(
        r"> “CPC gives the strongest.*”\n>\n> \*\*primary source\*\*, \[.*\]\(<https://arxiv.org",
        page,
    )


def test_numbers_have_a_true_minus_sign_an_interval_and_n(page: str) -> None:
    assert r"−0.021 \[−0.030, −0.012\] macro AUROC" in page
    assert "-0.0" not in outside_code(page)
    assert "0.684, n = 410 records" in page


def test_a_nuisance_says_how_far_it_moved_what_or_that_it_was_not_tried_to_the_end(
    page: str,
) -> None:
    (moved,) = {line for line in page.splitlines() if line.startswith("| mask rate 30 %")}
    assert "3 seeds, 6 runs" in moved
    assert "−0.013 on average of 2 effects" in moved
    assert "+0.031 [+0.019, +0.043] → +0.012 [−0.009, +0.033] macro AUROC" in moved.replace(
        "\\", ""
    )
    assert "supported → inconclusive" in moved
    (unlike,) = {line for line in page.splitlines() if line.startswith("| other loss")}
    assert "cannot be compared" in unlike
    (open_one,) = {line for line in page.splitlines() if line.startswith("| fixed epochs")}
    assert "11 of 25 runs; not judged" in open_one
