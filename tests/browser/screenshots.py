"""Pictures of every screen, light and dark, for docs/: `make screenshots`.

They show the workspace under VERIFIER_HOME as it is, so what they show was really measured.
"""

import argparse
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM, QUIET, serving  # noqa: E402
from tests.browser.test_smoke import look_at  # noqa: E402
from verifier.workspace import Workspace, home_folder, open_workspace  # noqa: E402

WIDTH, TALLEST = 1280, 1500
DRAWING_MS = 1500  # charts fade in after the script has ended
N_COLOURS = 160
PATIENCE_MS = 300_000  # nobody waits, and a busy machine takes minutes


def screens(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Name and address of each page; the claim and the run are the ones with most to show."""
    for page in sorted((ROOT / "app_pages").glob("[!_]*.py")):
        name = {"importing": "import"}.get(page.stem, page.stem)
        if name == "claim":
            claims = workspace.archive.claims().claims
            best = max(claims, key=lambda c: (c.experiment is not None, len(c.run_ids)))
            yield name, f"claim?id={best.claim.id}"
        elif name == "review":
            yield name, "review?id=" + workspace.archive.claims().claims[0].claim.id
        elif name == "paper":
            yield from ((name, f"paper?id={one.id}") for one in workspace.archive.documents()[:1])
        elif name in ("run", "compare"):
            trained = [
                r for r in workspace.queue.runs(states=("succeeded",)) if r.kind == "training"
            ]
            if trained:
                shown = ",".join(str(run.id) for run in trained[:6])
                yield name, f"run?id={trained[0].id}" if name == "run" else f"compare?runs={shown}"
        else:
            yield name, "" if name == "overview" else name


def drawn(page: Page) -> None:
    """Every element is there; code for some of them is loaded when they are first shown."""
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    page.wait_for_timeout(DRAWING_MS)


def take(page: Page, address: str, path: Path) -> None:
    page.set_viewport_size({"width": WIDTH, "height": 800})
    look_at(page, address)
    drawn(page)
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": min(int(tall), TALLEST)})
    drawn(page)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(N_COLOURS).save(path, optimize=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    addresses = list(screens(open_workspace()))
    with serving(home_folder()) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        for scheme in ("light", "dark"):
            page = browser.new_context(color_scheme=scheme).new_page()
            page.set_default_timeout(PATIENCE_MS)
            for name, address in addresses:
                take(page, f"{app}/{address}", folder / f"{name}-{scheme}.png")
                print(folder / f"{name}-{scheme}.png", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
