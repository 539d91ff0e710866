"""Every screen, light and dark, as axe-core sees it: nothing serious in anybody's way."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import WAIT_MS
from tests.browser.test_smoke import SCREENS, look_at

pytestmark = pytest.mark.browser
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module", params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(color_scheme=request.param)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    yield page
    context.close()


@pytest.mark.parametrize("path", [path for path in SCREENS if "nobody" not in path])
def test_nothing_serious_is_in_the_way_of_anybody(path: str, app: str, themed: Page) -> None:
    look_at(themed, app + path)
    found = Axe().run(themed).response["violations"]
    told = [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['any'][:1]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"][:5]
    ]
    assert not told, "\n".join(told)
