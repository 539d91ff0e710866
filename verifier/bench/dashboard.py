"""How fast the dashboard is with years of use in its database: the real server, a real browser.

Times are seconds for a new visitor to be served a whole page: a new WebSocket, a new session, the
script, every message. That is what a link opened by a colleague costs; a click within a session
costs less. The machine's own speed is measured beside it, since a loaded machine is slower.
"""

import os
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import numpy as np

from verifier.bench._crowd import Size, claim_id, fill
from verifier.bench._server import cpu_clock, memory_mb, served
from verifier.bench._trainings import training
from verifier.bench._visitor import visit
from verifier.claim import InputError
from verifier.workspace import Workspace, open_workspace

CHROMIUM = Path("/usr/bin/chromium")
QUERIES = (
    "contrastive", "JEPA", "atrial fibrillation", "macro AUROC", "PTB-XL", "K000123",
    "does not improve", "zero-shot diagnosis transformer", "40 %", "data2vec scales better",
    "wearable recordings", "hubert ejection", "AUC-ROC", "nothing has this word",
)  # fmt: skip
GOALS = {
    "pages p95": 0.5, "search p95": 0.2, "ten users p95": 1.5, "while training p95": 1.5,
    "first paint": 2.0, "memory MB": 600.0,
}  # fmt: skip
NOT_ASKED = "not asked for"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much to fill in and how often to look."""

    size: Size = field(default_factory=Size)
    n_visits: int = 20  # of every page
    n_searches: int = 60
    n_people: int = 10
    n_rounds: int = 5  # pages that each of them opens, all at the same moment
    with_browser: bool = True
    with_training: bool = True


def measure(home: Path, plan: Plan, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Fill `home` unless a former call did, start the server on it, and time it.

    Raises:
        InputError: `home` holds a database of another kind.
    """
    environment = {**os.environ, "VERIFIER_HOME": str(home), "VERIFIER_DATABASE_URL": ""}
    workspace = open_workspace(environment)
    filled = _filled(workspace, plan.size, say)
    before = reference_s()
    with served(environment) as (port, server):
        clock = cpu_clock(server.pid)
        pages = {
            name: _times(port, [path], plan.n_visits, say, name, clock) for name, path in PAGES
        }
        searching = [("claims", f"q={_quoted(words)}") for words in QUERIES]
        search = _times(port, searching, plan.n_searches, say, "search", clock)
        people = _spread(_crowd(port, plan))
        busy = _while_training(workspace, environment, port, plan, say)
        painted = _first_paint(port) if plan.with_browser else _no_paint(NOT_ASKED)
        memory = memory_mb(server.pid)
    found: dict[str, Any] = {
        "pages": pages,
        "search": search,
        "ten_users": people,
        "while_training": busy,
        **painted,
        **memory,
        "rows": filled,
        "n_visits": plan.n_visits,
        "machine": {
            "cores": os.cpu_count(),
            "load": [round(each, 2) for each in os.getloadavg()],
            "reference_s": {"before": before, "after": reference_s()},
        },
    }
    return {**found, "missed": missed(found)}


# one page of each kind, the first and the heaviest views of it
PAGES: tuple[tuple[str, tuple[str, str]], ...] = (
    ("overview", ("", "")),
    ("claims", ("claims", "")),
    ("claims, last page", ("claims", "page=1500")),
    ("claims, by confidence", ("claims", "sort=confidence&descending=true")),
    ("claims, filtered", ("claims", "status=contested&kind=empirical&finding=supported")),
    ("claims, cards", ("claims", "view=cards")),
    ("claim", ("claim", f"id={claim_id(4_321)}")),
    ("claim, measurements", ("claim", f"id={claim_id(4_321)}&part=Measurements")),
    ("runs", ("runs", "")),
    ("runs, last page", ("runs", "runs_page=390")),
    ("run", ("run", "id=777")),
    ("scaling", ("scaling", "")),
    ("ecgs", ("ecgs", "")),
    ("data sets", ("datasets", "")),
    ("literature", ("literature", "")),
    ("review", ("review", "")),
    ("compare", ("compare", "runs=101,106,111")),
    ("import", ("import", "")),
    ("export", ("export", "")),
    ("about", ("about", "")),
)


def missed(found: Mapping[str, Any]) -> list[str]:
    """Every goal that was not reached, with the figure."""
    figures = [
        (f"pages p95 ({name})", "pages p95", s["p95_s"]) for name, s in found["pages"].items()
    ]
    figures += [("search p95", "search p95", found["search"]["p95_s"])]
    figures += [("ten users p95", "ten users p95", found["ten_users"]["p95_s"])]
    figures += [("while training p95", "while training p95", found["while_training"]["p95_s"])]
    figures += [("first paint", "first paint", found["first_paint_s"])]
    figures += [("memory MB", "memory MB", found["memory_mb"])]
    why_not = found["while_training"].get("reason", NOT_ASKED)
    return [
        f"{name}: {figure:.3g}, wanted {GOALS[goal]:g}"
        for name, goal, figure in figures
        if figure is not None and figure > GOALS[goal]
    ] + ([] if why_not == NOT_ASKED else [f"while training: not measured: {why_not}"])


def words(found: Mapping[str, Any]) -> list[str]:
    lines = [f"{'page':<24} {'p50 s':>7} {'p95 s':>7} {'cpu s':>7}"]
    timed = {**found["pages"], "search": found["search"], "ten at once": found["ten_users"]}
    timed["while training"] = found["while_training"]
    for name, spread in timed.items():
        p50, p95 = (_figure(spread[key]) for key in ("p50_s", "p95_s"))
        cpu = _figure(spread.get("cpu_s"))
        lines.append(f"{name:<24} {p50:>7} {p95:>7} {cpu:>7}")
    lines.append(f"first paint {_figure(found['first_paint_s'])} s, memory {found['memory_mb']} MB")
    return [*lines, *(f"missed: {each}" for each in found["missed"])]


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def reference_s() -> float:
    """Best of five of a fixed piece of work in plain Python: how fast the machine is now."""
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        sum(number * number % 7 for number in range(500_000))
        best = min(best, time.perf_counter() - begin)
    return round(best, 4)


def _filled(workspace: Workspace, size: Size, say: Callable[[str], None]) -> dict[str, int]:
    note = workspace.home / "bench.txt"
    wanted = f"{size.n_claims} claims, {size.n_runs} runs, {size.n_metric_rows} metric rows"
    if note.exists() and note.read_text(encoding="utf-8").startswith(wanted):
        say(f"using the database that is in {workspace.home}")
    elif note.exists() or workspace.queue.counts() or workspace.archive.reports():
        raise InputError(
            f"{workspace.home} holds a database that is not this benchmark's; name an empty folder."
        )
    else:
        say(f"filling {workspace.home}: {wanted}")
        counts = fill(workspace, size)
        rows = "".join(f"\n{name} {count}" for name, count in counts.items())
        note.write_text(wanted + rows, encoding="utf-8")
    lines = note.read_text(encoding="utf-8").splitlines()[1:]
    return {name: int(count) for name, count in (line.split() for line in lines)}


def _quoted(words: str) -> str:
    return urllib.parse.quote_plus(words)


def _times(
    port: int,
    addresses: Sequence[tuple[str, str]],
    n: int,
    say: Callable[[str], None],
    name: str,
    clock: Callable[[], float | None],
) -> dict[str, float | None]:
    """Seconds of a visit, and under `cpu_s` how long the server computed for one on average.

    The second hardly depends on what else the machine is doing; on a quiet machine both agree.
    """
    for page, query in addresses[:2] if n > 1 else ():
        visit(port, page, query)  # imports and caches: warm, as after the first visitor
    begin = clock()
    found = _spread([visit(port, *addresses[i % len(addresses)]) for i in range(n)])
    end = clock()
    cpu_s = None if begin is None or end is None else round((end - begin) / n, 4)
    say(
        f"{name}: p50 {found['p50_s']:.3f} s, p95 {found['p95_s']:.3f} s, "
        f"of which the server computed {_figure(cpu_s)} s"
    )
    return {**found, "cpu_s": cpu_s}


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.quantile(seconds, [0.5, 0.95])
    return {"p50_s": round(float(p50), 4), "p95_s": round(float(p95), 4), "n": len(seconds)}


def _crowd(port: int, plan: Plan) -> list[float]:
    """Everybody opens a page in the same moment, then all wait for the slowest, and again."""
    barrier = Barrier(plan.n_people)
    paths = [path for _, path in PAGES]

    def person(number: int) -> list[float]:
        seconds = []
        try:
            for turn in range(plan.n_rounds):
                barrier.wait()
                seconds.append(visit(port, *paths[(number + 3 * turn) % len(paths)]))
        except Exception:
            barrier.abort()  # or the others would wait for this one for ever
            raise
        return seconds

    with ThreadPoolExecutor(plan.n_people) as pool:
        people = [pool.submit(person, number) for number in range(plan.n_people)]
    errors = [error for each in people if (error := each.exception()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, BrokenBarrierError)):
        raise error
    return [s for each in people for s in each.result()]


def _while_training(
    workspace: Workspace,
    environment: Mapping[str, str],
    port: int,
    plan: Plan,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Every page while a real worker trains a run on each core."""
    if not plan.with_training:
        return {"p50_s": None, "p95_s": None, "reason": NOT_ASKED}
    cores = os.cpu_count() or 1
    try:
        with training(workspace, environment, cores):
            say(f"training on {cores} cores")
            seconds = [
                visit(port, *path) for _ in range(max(plan.n_visits // 5, 1)) for _, path in PAGES
            ]
    except InputError as error:  # what was measured before it stays
        return {"p50_s": None, "p95_s": None, "reason": str(error)}
    return {**_spread(seconds), "trainings": cores}


def _first_paint(port: int) -> dict[str, Any]:
    """Seconds until the overview's own heading stands in Chromium, its cache being warm."""
    if not CHROMIUM.exists():
        return _no_paint(f"{CHROMIUM} is not installed")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return _no_paint("the package playwright is not installed (requirements-dev.txt)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context().new_page()
        contents, headings = [], []
        for _ in range(6):  # the first one fills the caches and is not counted
            begin = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
            page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
            headings.append(time.perf_counter() - begin)
            contents.append(float(page.evaluate(FIRST_CONTENT)) / 1000)
        browser.close()
    return {
        "first_paint_s": round(float(np.median(headings[1:])), 3),
        "first_contentful_paint_s": round(float(np.median(contents[1:])), 3),
        "first_paint_reason": "",
    }


FIRST_CONTENT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def _no_paint(reason: str) -> dict[str, Any]:
    return {
        "first_paint_s": None,
        "first_contentful_paint_s": None,
        "first_paint_reason": reason,
    }
