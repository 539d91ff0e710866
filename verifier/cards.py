"""The cards of this machine, as torch sees them; asked in a child, so that torch stays out of ours.

Cards go by the number that CUDA gives them where nothing hides any.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from verifier.executors import ExecutorError

QUESTION = (
    "import torch; print(torch.cuda.device_count(), torch.__version__, torch.version.cuda or '')"
)
PATIENCE_S = 120  # importing torch takes its time on a busy machine
HIDING = "CUDA_VISIBLE_DEVICES"


def ask_torch(question: str) -> str:
    """What a line of Python that imports torch prints.

    Raises:
        ExecutorError: it did not answer; its last words say why.
    """
    seen = {name: value for name, value in os.environ.items() if name != HIDING}
    try:
        asked = subprocess.run(
            [sys.executable, "-c", question],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            env=seen,
        )
    except subprocess.TimeoutExpired:
        raise ExecutorError(f"torch did not answer within {PATIENCE_S // 60} minutes") from None
    if asked.returncode != 0:
        raise ExecutorError((asked.stderr.strip().splitlines() or ["torch said no word"])[-1])
    return asked.stdout.strip()


def check_cards(wanted: Sequence[int], *, ask: Callable[[str], str] = ask_torch) -> None:
    """Whether every card that a worker is to use is there, and named once.

    Raises:
        ExecutorError: one is not; the message says what was found and what to do.
    """
    asked = f"--gpus {' '.join(map(str, wanted))}"
    if len(set(wanted)) < len(wanted):
        raise ExecutorError(f"{asked} names a card twice; a card carries out one run at a time.")
    try:
        counted, version, *cuda = ask(QUESTION).split()
    except ExecutorError as error:
        raise ExecutorError(f"{asked}: the cards cannot be counted: {error}") from None
    n_cards = int(counted)
    if not n_cards:
        why = "" if cuda else "; this build of it can use none"
        raise ExecutorError(
            f"{asked}: torch {version} sees no card on this machine{why}. Leave --gpus out to "
            "train on its cores, or start the worker where a card is."
        )
    if beyond := sorted(set(wanted) - set(range(n_cards))):
        there = "only card 0" if n_cards == 1 else f"the cards 0 to {n_cards - 1}"
        raise ExecutorError(
            f"{asked}: there is no card {beyond[0]} on this machine; torch {version} sees {there}."
        )
