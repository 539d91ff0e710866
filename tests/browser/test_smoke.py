"""What only a browser shows: every screen renders, deep links open, filters reach the address."""

import re
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.conftest import WAIT_MS

pytestmark = pytest.mark.browser

CLICKS = 4

SCREENS = {
    "/": "Do these claims hold?",
    "/claims": "Sort by",
    "/claims?view=cards&q=240": "All models in the study operate at 240 Hz",
    "/runs": "Going on now",
    "/runs?state=failed": "All runs",
    "/scaling": "Less is better in every chart",
    "/calibration": "The experiment witness",
    "/ecgs": "Records found",
    "/datasets": "Add a folder",
    "/ecgs?arrangement=all leads&label=MI": "Its report",
    "/import": "A report full of claims",
    "/export?format=markdown&preview=true": "Download",
    "/about": "What the words mean",
    "/literature": "Chain of search",
    "/literature?part=Papers": "under concern: nothing in them settles a claim",
    "/literature?part=Quality+of+a+report": "What would raise the mean most",
    "/paper?id=1": "Claims in it",
    "/paper?id=nobody": "There is no paper “nobody”.",
    "/claim?id=demo-best": "CPC shows the strongest and most transferable representations",
    "/claim?id=demo-best&part=Measurements": "Runs behind it",
    "/claim?id=demo-best&part=Protocol": "Use this protocol",
    "/claim?id=demo-new&part=In+the+report": "the report's own verdict",
    "/claim?id=demo-best&part=Review": "Keys 1 to 5 judge",
    "/claim?id=demo-best&part=History": "Verdicts, newest first",
    "/claim?id=nobody": "There is no claim “nobody”.",
    "/run?id=1": "Reproduce it",
    "/run?id=nobody": "There is no run “nobody”.",
    "/review?id=demo-best": "Do reviewers agree?",
    "/compare?runs=1,2,3,4": "What differs",
    "/compare": "Select 2 to 8 runs",
}


def settled(page: Page) -> None:
    """The script has run to its end."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


NO_SIDEWAYS_SCROLL = """() => {
    const main = document.querySelector("[data-testid=stMain]");
    return main.scrollWidth <= main.clientWidth;
}"""


def look_at(page: Page, address: str) -> None:
    page.goto(address)
    settled(page)


@pytest.mark.parametrize("path", SCREENS)
def test_every_address_shows_its_screen_on_a_desk_and_on_a_phone(
    path: str, app: str, page: Page
) -> None:
    """One visit for all that must hold everywhere; a page load is what takes the time."""
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or "127.0.0.1"))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    look_at(page, app + path)

    expect(page.get_by_text(SCREENS[path]).first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert asked == {"127.0.0.1"}, "something was fetched from elsewhere"
    assert not [text for text in said if "Content Security Policy" in text]
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function(NO_SIDEWAYS_SCROLL)  # charts are drawn anew for the width, later


def test_a_chosen_filter_ends_up_in_the_address(app: str, page: Page) -> None:
    look_at(page, f"{app}/claims")

    page.get_by_label("Search", exact=True).fill("data2vec")
    page.get_by_label("Search", exact=True).press("Enter")

    expect(page).to_have_url(re.compile(r"[?&]q=data2vec"))
    expect(page.get_by_text("Sort by")).to_be_visible()


def test_a_click_on_a_latest_verdict_opens_that_claim_in_the_same_tab(app: str, page: Page) -> None:
    look_at(page, app)

    page.get_by_test_id("stPageLink").get_by_text("demo-hz").click()

    expect(page).to_have_url(re.compile(r"/claim\?id=demo-hz"))
    expect(page.get_by_role("heading", name="All models in the study")).to_be_visible()


def test_a_click_on_a_claims_button_in_the_table_opens_it(app: str, page: Page) -> None:
    look_at(page, f"{app}/claims?q=demo-lags")
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()

    opened = re.compile(r"/claim\?id=demo-lags")
    for _ in range(CLICKS):  # a busy machine may draw the table anew under the click
        with suppress(TimeoutError):
            # the table is a canvas: the first button lies below the header, right of its checkbox
            table.click(position={"x": 75, "y": 68}, timeout=WAIT_MS / CLICKS)
            page.wait_for_url(opened, timeout=WAIT_MS / CLICKS)
            break

    expect(page).to_have_url(opened)


def test_the_navigation_leads_from_screen_to_screen(app: str, page: Page) -> None:
    look_at(page, app)

    for name, heading in (("Claims", "Claims"), ("Runs", "Runs"), ("About", "What the words mean")):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()


def test_other_peoples_markup_is_text(app: str, page: Page) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    look_at(page, f"{app}/claim?id=demo-hostile")

    heading = page.get_by_role("heading", name="A claim whose wording is hostile")
    expect(heading).to_contain_text("<script>alert(1)</script> **bold** $x^2$")
    expect(page.locator("mark").first).to_have_text('<script>alert("from a paper")</script>')
    assert not dialogs
