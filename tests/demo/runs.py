"""Runs of the demo in every state, with results as a child leaves them, in fewer digits."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models.recipe import Recipe
from tests.demo.words import HOSTILE
from verifier.queue import Queue, fingerprint_of
from verifier.runs import ProgressPoint, Run, RunRequest
from verifier.verifications import Verification
from verifier.workspace import Workspace


def recipe(**changes: Any) -> dict[str, Any]:
    return {**Recipe.bundled("tiny").to_dict(), **changes}


def request(label: str, **changes: Any) -> RunRequest:
    task = recipe(**changes)
    return RunRequest(
        kind="training",
        fingerprint=fingerprint_of({"task": task, "label": label}),
        label=label,
        task=task,
        data="synthetic",
    )


def ended_runs(queue: Queue) -> list[int]:
    """Two objectives at five sizes with three seeds each, and a random encoder."""
    wanted = []
    for seed in range(3):
        for n_records in (64, 181, 512, 1448, 4096):
            for objective in ("cpc", "data2vec"):
                wanted.append(
                    request(
                        f"{objective} · s4d · {n_records} records · seed {seed}",
                        objective=objective,
                        n_records=n_records,
                        seed=seed,
                    )
                )
        wanted.append(request(f"random encoder · seed {seed}", n_updates=0, seed=seed))
    ids = queue.enqueue(wanted, actor="demo")
    for _ in ids:
        run = queue.claim("demo-worker")
        assert run is not None
        auroc = _auroc(run.task)
        queue.record(run, _curve(run, until=6))
        queue.succeed(run, result=result(run.task, auroc=auroc), predictions=None)
    return ids


def _auroc(task: dict[str, Any]) -> float:
    if task["n_updates"] == 0:
        return 0.61 + 0.004 * task["seed"]
    better = 0.0 if task["objective"] == "data2vec" else 0.03
    return float(1 - 0.9 * task["n_records"] ** -0.2 + better + 0.004 * task["seed"] - 0.02)


def _curve(run: Run, *, until: int, n_steps: int = 6) -> list[ProgressPoint]:
    now = datetime.now(UTC)
    return [
        ProgressPoint(
            at=now + timedelta(seconds=step),
            phase="pretraining",
            step=step,
            n_steps=n_steps,
            loss=2.5 / (step + 1) + 0.4,
            windows_per_s=412.0,
        )
        for step in range(1, until + 1)
    ]


def result(
    task: dict[str, Any], *, auroc: float | None, invalid_reason: str | None = None
) -> dict[str, Any]:
    """What a child writes to result.json, with fewer digits."""
    collapse = {
        "median_std": 0.31 if invalid_reason is None else 0.0,
        "smallest_std": 0.12 if invalid_reason is None else 0.0,
        "relative_std": 0.29 if invalid_reason is None else 0.0,
        "effective_rank": 11.4 if invalid_reason is None else 1.0,
        "n_dimensions": 16,
        "n_records": 24,
        "is_collapsed": invalid_reason is not None,
        "reason": invalid_reason,
    }
    counted = {"n_counts": "records", "n_patients": 30, "n_labels": 5}
    return {
        "kind": "training",
        "recipe": task,
        "is_valid": invalid_reason is None,
        "invalid_reason": invalid_reason,
        "measurements": [
            {"name": "pretraining_loss", "split": "validation", "value": 0.81, "n": 24, **counted},
            {
                "name": "macro_auroc",
                "probe": "linear",
                "split": "test",
                "value": auroc,
                "reason": None if auroc is not None else f"the run is invalid: {invalid_reason}",
                "n": 32,
                **counted,
            },
        ],
        "collapse": collapse,
        "n_pretraining_records": task["n_records"] if task["n_updates"] else 0,
        "model": {"n_parameters": 13_420, "n_backbone_parameters": 9_120, "n_tokens": 125},
        "dataset": {
            "name": "synthetic",
            "digest": "5f2c" * 16,
            "n_records": {"train": 48, "validation": 24, "test": 32},
            "n_patients": {"train": 44, "validation": 22, "test": 30},
            "label_names": ["normal", "fast", "slow", "wide", "irregular"],
        },
        "environment": {
            "python": "3.11.7",
            "torch": "2.13.0",
            "device": "cpu",
            "threads": 1,
        },
        "wall_s": 12.5,
    }


def running_work(workspace: Workspace, run_ids: list[int]) -> None:
    queue, verifications = workspace.queue, workspace.verifications
    queue.enqueue([request("invalid · cpc · seed 0", learning_rate=10.0)], actor="demo")
    invalid = queue.claim("demo-worker")
    assert invalid is not None
    reason = "the embedding collapsed: effective rank 1.00 is below 1.5"
    queue.succeed(
        invalid, result=result(invalid.task, auroc=None, invalid_reason=reason), predictions=None
    )
    queue.enqueue([request("jepa · net1d · seed 0", objective="jepa")], actor="demo")
    failing = queue.claim("demo-worker")
    assert failing is not None
    queue.fail(failing, error=f"RecipeError: the loss is nan. {HOSTILE}", may_retry=False)
    cancelled = queue.enqueue([request("hubert · s4d · seed 0", seed=90)], actor="demo")
    queue.request_cancel(cancelled[0], actor="demo")
    live = queue.enqueue(
        [request(f"cpc · s4d · 4096 records · seed {seed}", seed=seed) for seed in range(20, 24)],
        actor="demo",
    )
    for until in (40, 12):
        running = queue.claim("demo-worker")
        assert running is not None
        queue.record(running, _curve(running, until=until, n_steps=60))
    asked = verifications.request(["demo-best", "demo-new"], preset="quick", data="synthetic")
    verifications.link(asked, {"demo-best": live + run_ids[:2]})
    tended = verifications.claim("demo-worker")
    assert tended is not None
    _say(workspace, tended)


def _say(workspace: Workspace, tended: Verification) -> None:
    workspace.verifications.renew(tended, message="training: 2 of 6 runs are done")
