"""A person's way through the program: import, verify, watch, read, share, judge, export."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WAIT_MS, serving
from tests.browser.test_smoke import NO_SIDEWAYS_SCROLL, look_at, settled
from tests.demo.words import STATEMENTS
from verifier.worker import Settings, Worker
from verifier.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

# a protocol of a second or two, so that a person's whole way can be gone in a test
CLAIM = """
statement = "CPC leads JEPA on the tiny recipe."
kind = "empirical"
topic = "objectives"

[protocol]
hypothesis = "CPC leads JEPA by more than delta."
words = "A comparison as small as there is."
check = "exceeds"
recipe = "tiny"
favoured = [{ name = "cpc", changes = { objective = "cpc" } }]
rivals = [{ name = "jepa", changes = { objective = "jepa" } }]
"""
PRESETS = """
[moment]
n_seeds = 2
sizes = [16]
says = "A moment; decides nothing."
[moment.changes]
n_updates = 2
"""
REPORT = b"""| Claim | Verified | Confidence |
| --- | --- | --- |
| CPC leads JEPA on the tiny recipe. | yes | 0.8 |
| Zebras have stripes on every lead of an ECG. | no | 0.2 |
"""


@pytest.fixture
def lived_in(
    tmp_path: Path, chromium: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Workspace]]:
    """An app on a fresh folder, with a claim that is quick to test."""
    claims = tmp_path / "claims"
    claims.mkdir()
    (claims / "T01.toml").write_text(CLAIM, encoding="utf-8")
    (claims / "_presets.toml").write_text(PRESETS, encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("VERIFIER_CLAIMS", str(claims))
    monkeypatch.setenv("VERIFIER_HOME", str(home))
    workspace = open_workspace({"VERIFIER_HOME": str(home)})
    with serving(home) as address:
        yield address, workspace
    workspace.database.close()


def import_report(page: Page, app: str) -> None:
    look_at(page, f"{app}/import")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "report.md", "mimeType": "text/markdown", "buffer": REPORT}
    )
    expect(page.get_by_text("1 new, 1 linked to claims already known")).to_be_visible()
    page.get_by_role("button", name="Import 2 claims").click()
    expect(page.get_by_text("Imported as report 1.")).to_be_visible()
    settled(page)


def ask_to_verify(page: Page, app: str) -> None:
    look_at(page, f"{app}/claim?id=T01")
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("moment", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Verify this claim").click()
    expect(page.get_by_text(re.compile(r"Verification \d+ is requested"))).to_be_visible()


def judge(page: Page, address: str, name: str, reason: str, key: str) -> None:
    """With the keyboard alone, once the page is there."""
    look_at(page, address)
    page.get_by_role("textbox", name="Your name").fill(name)
    page.get_by_role("textbox", name="Your name").press("Enter")
    settled(page)
    why = page.get_by_role("textbox", name="Why do you judge so?")
    why.fill(reason)
    why.press("Control+Enter")
    settled(page)
    why.blur()
    page.keyboard.press(key)
    expect(page.get_by_text("Judged so far")).to_be_visible()


def test_from_a_report_to_a_shared_judged_and_exported_claim(
    lived_in: tuple[str, Workspace], browser: Browser, page: Page
) -> None:
    app, workspace = lived_in
    import_report(page, app)
    ask_to_verify(page, app)

    # watch: the page refreshes itself while a worker, here this very process, does the work
    look_at(page, f"{app}/runs")
    expect(page.get_by_text("Verification 1").first).to_be_visible()
    asked = workspace.verifications
    Worker(workspace, Settings(slots=2)).work(until=lambda: not asked.latest(only_open=True))
    ended = asked.get(1)
    assert ended is not None
    assert ended.state == "finished", ended.message
    expect(page.get_by_text("No verification is open and no run is at work.")).to_be_visible()

    # read, and copy the address
    look_at(page, f"{app}/claim?id=T01&part=Measurements")
    expect(page.get_by_text("Runs behind it")).to_be_visible()
    page.get_by_role("button", name="Link", exact=False).first.click()
    shared = page.get_by_text(re.compile(r"/claim\?id=T01$")).first.inner_text()

    # share: a second browser, which shares nothing with the first, opens the same claim
    other = browser.new_context(color_scheme="dark")
    second = other.new_page()
    second.set_default_timeout(WAIT_MS)
    look_at(second, shared)
    expect(second.get_by_role("heading", name="CPC leads JEPA on the tiny recipe.")).to_be_visible()

    # judge: the second does not see what the first said until she has judged
    review = f"{app}/review?id=T01"
    judge(page, review, "Ada", "Adas reason.", "5")
    look_at(second, review)
    expect(second.get_by_text("1 judgement by others")).to_be_visible()
    expect(second.get_by_text("Adas reason.")).to_have_count(0)
    judge(second, review, "Ben", "Bens reason.", "4")
    expect(second.get_by_text("Adas reason.")).to_be_visible()
    expect(second.get_by_text("1 claim judged twice")).to_be_visible()
    other.close()

    # export
    look_at(page, f"{app}/export?format=csv")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download").click()
    table = Path(waited.value.path()).read_text(encoding="utf-8-sig")
    assert "T01,CPC leads JEPA on the tiny recipe." in table


def test_a_view_of_the_claims_is_shared_by_its_address_and_back_undoes_one_page(
    app: str, page: Page
) -> None:
    look_at(page, f"{app}/claims?status=refuted&only=fragile&view=cards")
    view = page.url
    expect(page.get_by_text("1 claim", exact=True)).to_be_visible()
    for link, heading in (("demo-loss", STATEMENTS["demo-loss"]), ("Runs", "Runs")):
        page.get_by_role("link", name=link, exact=True).first.click()
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        settled(page)
        there = page.url
        assert "status" not in there

        page.go_back()
        expect(page).to_have_url(view)
        expect(page.get_by_text("1 claim", exact=True)).to_be_visible()
        settled(page)
        page.go_forward()
        expect(page).to_have_url(there)
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        settled(page)
        page.go_back()
        expect(page.get_by_text("1 claim", exact=True)).to_be_visible()
        settled(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_claims_are_readable_in_either_theme(
    scheme: str, app: str, browser: Browser
) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 390, "height": 800},
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    look_at(page, f"{app}/claims?view=cards&status=contested")

    expect(page.get_by_text("data2vec consistently lags behind")).to_be_visible()
    page.wait_for_function(NO_SIDEWAYS_SCROLL)
    lightness = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        ".match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3"
    )
    assert (lightness < 60) is (scheme == "dark")
    context.close()


def test_the_keyboard_alone_reaches_the_navigation_and_a_claim(app: str, page: Page) -> None:
    look_at(page, f"{app}/claims?view=cards&status=refuted")
    expect(page.locator('a[href$="claim?id=demo-loss"]')).to_be_visible()  # drawn a bit later
    reached = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.innerText.trim().slice(0, 40)"))
        if page.evaluate("document.activeElement.href || ''").endswith("/claim?id=demo-loss"):
            break
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/claim\?id=demo-loss"))
    assert {"Skip to main content", "Overview"} <= {
        word.splitlines()[-1] for word in reached if word
    }


def test_what_was_begun_to_be_written_stands_after_a_look_at_another_part(
    app: str, page: Page
) -> None:
    look_at(page, f"{app}/claim?id=demo-best&part=History")
    page.get_by_role("textbox", name="Reason").fill("The seeds share")
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator("mark").first).to_be_visible()

    page.get_by_role("tab", name="Evidence").press("ArrowLeft")  # round to the last one

    expect(page).to_have_url(re.compile("part=History"))
    expect(page.get_by_text("Verdicts, newest first")).to_be_visible()
    expect(page.get_by_role("textbox", name="Reason")).to_have_value("The seeds share")
