"""The list of claims: its filters live in the address, and its button asks about what is listed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from verifier.claim import Claim
from verifier.verdict import Kind, Status
from verifier.workspace import Workspace

Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]

REPORT = "1: Contrastive Pretraining in ECG Models"


def listed(at: AppTest) -> list[str]:
    return list(at.dataframe[0].value["id"]) if at.dataframe else []


def test_filters_in_the_address_choose_what_is_listed(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "claims", status=["refuted", "contested"])

    assert set(listed(at)) == {"demo-lags", "demo-loss"}
    assert at.multiselect(key="status").value == ["refuted", "contested"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "data2vec consistently", "report": REPORT}, {"demo-lags"}),
        ({"finding": "not_testable"}, {"demo-hz"}),
        ({"kind": "descriptive", "status": "verified"}, {"demo-hz"}),
        ({"topic": "architecture", "status": "supported"}, {"demo-ssm"}),
        ({"q": "%"}, set()),
        ({"q": "'; DROP TABLE claim; --"}, set()),
    ],
)  # fmt: skip
def test_each_facet_filters_in_the_database(
    query: dict[str, str], expected: set[str], visit: Visit, demo_home: Path
) -> None:
    assert set(listed(visit(demo_home, "claims", **query))) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"status": "excellent"},
        {"sort": "password"},
        {"page": "-3"},
        {"page": "ten"},
        {"report": "999999999999"},
        {"view": "<b>"},
    ],
)
def test_words_nobody_knows_are_ignored(
    query: dict[str, str], visit: Visit, demo_home: Path
) -> None:
    at = visit(demo_home, "claims", **query)

    assert not at.exception
    assert len(listed(at)) > len("no filter took effect")


def test_sorts_by_confidence_with_the_unknown_last(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "claims", sort="confidence", descending="true")

    shares = at.dataframe[0].value["confidence"].dropna()
    assert list(shares) == sorted(shares, reverse=True)
    assert at.dataframe[0].value["confidence"].isna().iloc[-1]


def test_shows_what_the_report_said_beside_our_own_status(visit: Visit, demo_home: Path) -> None:
    row = visit(demo_home, "claims", q="demo-best").dataframe[0].value.iloc[0]

    assert (row["reported"], row["status"]) == ("✓ verified, 1 %", "✔ verified")


def test_every_claim_stands_on_some_page(visit: Visit, demo_home: Path, demo: Workspace) -> None:
    demo.archive.put_claims(
        Claim(id=f"many-{n:03}", statement=f"Claim {n}.", kind=Kind.EMPIRICAL, origin="imported")
        for n in range(120)
    )

    seen = [id for page in "123" for id in listed(visit(demo_home, "claims", page=page))]

    assert len(seen) == len(set(seen)) == demo.archive.claims().n_found


def test_bulk_verification_asks_about_all_that_the_filters_let_through(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claims", status="unchecked")

    at.button(key="bulk_form_verify").click().run()

    asked = demo.verifications.latest(limit=1)[0]
    assert len(asked.claim_ids) == demo.archive.counts()[Status.UNCHECKED]
    assert asked.preset == "quick"


def test_an_empty_list_leads_on(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "claims", q="nothing says this")

    assert "No claim passes" in at.info[0].value


def test_a_card_says_how_certain_its_confidence_is(
    visit: Visit, read: Read, demo_home: Path
) -> None:
    words = read(visit(demo_home, "claims", view="cards", q="demo-best"))

    assert "confidence 91 %" in words
    assert "certainty ⊕⊕⊕○ moderate" in words
    assert "Experiment: ✔ supported · still being asked · fragile" in words


def test_a_claim_whose_runs_go_on_is_said_to_be_still_asked_wherever_its_status_stands(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    already = demo.verifications.claims_asked()
    assert "being asked" not in read(visit(demo_home, "claims", view="cards", q="demo-five"))
    demo.verifications.request(["demo-five"], preset="quick", data="synthetic")

    words = read(visit(demo_home, "claims", view="cards", q="demo-five"))
    assert "Experiment: being asked · still being asked" in words
    row = visit(demo_home, "claims", q="demo-five").dataframe[0].value.iloc[0]
    assert (row["experiment"], row["remarks"]) == ("being asked", "still being asked")
    assert f"{len(already) + 1} claims are still being asked" in read(visit(demo_home, "overview"))


def test_a_column_of_what_reports_say_stands_only_where_one_says_something(
    visit: Visit, empty_home: Path
) -> None:
    assert "reported" not in visit(empty_home, "claims").dataframe[0].value


def test_verdicts_by_an_earlier_protocol_are_counted_apart_and_lead_to_their_list(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    assert "earlier protocol" not in read(visit(demo_home, "overview"))
    demo.archive.choose_protocol("demo-best", "C13")

    words = read(visit(demo_home, "overview"))
    assert "verified (1 by an earlier protocol)" in words
    assert "Verify again what an earlier protocol decided: 1" in words
    at = visit(demo_home, "claims", only="earlier protocol")
    assert listed(at) == ["demo-best"]
    assert "1 decided by an earlier protocol" in read(at)
