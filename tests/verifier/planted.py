"""A world with planted truth: predictions and results as a training run would leave them."""

from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np

from verifier.queue import Queue, Run

N_PATIENTS, N_LABELS = 150, 2


def predictions(skill: float, *, seed: int, n_patients: int = N_PATIENTS) -> bytes:
    """Scores that tell positives from negatives by `skill` standard deviations.

    Two records a patient; the patients and their labels are the same whatever the seed.
    """
    patients = np.repeat([f"p{n:03d}" for n in range(n_patients)], 2)
    targets = np.random.default_rng(99).random((len(patients), N_LABELS)) < 0.4
    noise = np.random.default_rng(seed).normal(size=targets.shape)
    buffer = BytesIO()
    np.savez_compressed(
        buffer,
        record_id=np.array([f"r{n:04d}" for n in range(len(patients))]),
        patient_id=patients,
        label_names=np.array(["MI", "CD"]),
        targets=targets.astype(np.uint8),
        scores=(noise + skill * targets).astype(np.float32),
    )
    return buffer.getvalue()


def result(n_records: int = 64) -> dict[str, Any]:
    split = {"train": 200, "validation": 50, "test": 2 * N_PATIENTS}
    return {
        "schema": 1,
        "kind": "training",
        "is_valid": True,
        "invalid_reason": None,
        "measurements": [],
        "n_pretraining_records": n_records,
        "model": {"n_parameters": 1000, "n_tokens": 10},
        "dataset": {
            "name": "synthetic",
            "n_records": split,
            "n_patients": {"train": 150, "validation": 40, "test": N_PATIENTS},
        },
    }


def carry_out(queue: Queue, skill_of: Any, *, invalid: Any = lambda run: False) -> list[Run]:
    """End every waiting run as if it had trained to the skill that `skill_of(run)` says."""
    ended = []
    while (run := queue.claim("planted")) is not None:
        if run.kind == "description":
            facts = {"stem": {"n_convolutions": 4}, "sampling_hz": 240}
            queue.succeed(run, result={"schema": 1, "facts": facts}, predictions=None)
        else:
            seed = noise_of(run)
            found = result(run.task["n_records"])
            if invalid(run):
                found |= {"is_valid": False, "invalid_reason": "collapsed"}
            scores = predictions(skill_of(run), seed=seed)
            queue.succeed(run, result=found, predictions=scores)
        ended.append(run)
    return ended


def noise_of(run: Run) -> int:
    """A seed that the setting alone decides: a fingerprint changes with the training code."""
    keys = ("learning_rate", "weight_decay", "n_updates", "n_records", "seed")
    setting = repr([run.task[key] for key in keys])
    return int(sha256(setting.encode()).hexdigest()[:8], 16)
