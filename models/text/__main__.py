"""python -m models.text: what the literature side asks of torch, in a process of its own.

`serve` answers one JSON object a line on standard input with one a line on standard output, until
the input ends:

    {"embed": [TEXT, …]}              {"vectors": base64 of float32, row by row}
    {"judge": [[CLAIM, PASSAGE], …]}  {"logits": [[supported, contradicted, neither], …]}
    {"nli": [[CLAIM, PASSAGE], …], "folder": PATH}    the same, by the NLI model of that folder

A request that fails is answered with {"error": words}. `train` makes the bundled judge's weights.
"""

import argparse
import base64
import json
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from models.text import weights

DONE, REFUSED = 0, 2


class _Desk:
    """Answers requests; each model is loaded when it is first asked for."""

    def __init__(self) -> None:
        self._nli: dict[str, Any] = {}

    @cached_property
    def encoder(self) -> Any:
        from models.text import embedding, minilm

        return minilm.load(), minilm.tokenizer(embedding.N_TOKENS)

    @cached_property
    def judge(self) -> Any:
        from models.text import judge, minilm

        return judge.load(), minilm.tokenizer(judge.N_TOKENS)

    def nli(self, folder: str) -> Any:
        from models.text.nli import Nli

        if folder not in self._nli:
            self._nli = {folder: Nli(Path(folder))}
        return self._nli[folder]

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "embed" in request:
            from models.text import embedding

            model, tokenizer = self.encoder
            vectors = embedding.embed(model, tokenizer, request["embed"])
            return {"vectors": base64.b64encode(vectors.tobytes()).decode()}
        if "judge" in request:
            from models.text import judge

            network, tokenizer = self.judge
            pairs = [(claim, passage) for claim, passage in request["judge"]]
            said = judge.logits(network, tokenizer, pairs)
            return {"logits": said.tolist()}
        if "nli" in request:
            pairs = [(claim, passage) for claim, passage in request["nli"]]
            return {"logits": self.nli(request["folder"]).logits(pairs).tolist()}
        return {"error": f"asked for {', '.join(request) or 'nothing'}; known: embed, judge, nli"}


def _serve(asked: argparse.Namespace) -> int:
    import torch

    torch.set_num_threads(asked.threads)
    desk = _Desk()
    for line in sys.stdin:
        try:
            answer = desk.answer(json.loads(line))
        except (OSError, ValueError, RuntimeError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    return DONE


def _train(asked: argparse.Namespace) -> int:
    import torch

    from models.text import judge, pairs, scifact, training

    torch.set_num_threads(asked.threads)
    try:
        claims, corpus = scifact.claims(asked.scifact), scifact.corpus(asked.corpus)
        kept, _ = pairs.split(claims)
    except (OSError, ValueError) as error:
        print(f"models.text: {error}", file=sys.stderr)
        return REFUSED
    plan = training.Plan(seed=asked.seed)
    started = time.monotonic()

    def keep(trained: judge.Judge, number: int) -> None:
        """What there is after each pass, so that an interrupted training leaves something."""
        judge.save(trained, asked.out, {**notes, "pass": number})

    notes = {
        **vars(plan),
        "device": asked.device,
        "threads": asked.threads,
        "torch": torch.__version__,
        "n_claims": len(kept),
        "data": {n: pairs.digest(getattr(asked, n)) for n in ("scifact", "corpus", "fever")},
    }
    trained = training.train(
        kept, corpus, asked.fever, plan, device=asked.device, keep=keep,
        say=lambda words: print(words, file=sys.stderr, flush=True),
    )  # fmt: skip
    judge.save(trained, asked.out, {**notes, "seconds": round(time.monotonic() - started)})
    print(asked.out)
    return DONE


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.text", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="command")

    serve = verbs.add_parser("serve", help="answer requests on standard input")
    serve.add_argument("--threads", type=int, default=1)
    serve.set_defaults(carry_out=_serve)

    train = verbs.add_parser("train", help="train the bundled judge")
    train.add_argument("--scifact", type=Path, required=True, help="training claims, JSON lines")
    train.add_argument("--corpus", type=Path, required=True, help="abstracts, JSON lines or .xz")
    train.add_argument("--fever", type=Path, required=True, help="FEVER pairs, .tsv.xz")
    train.add_argument("--out", type=Path, default=weights.JUDGE)
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--threads", type=int, default=1)
    train.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    train.set_defaults(carry_out=_train)

    asked = parser.parse_args(arguments)
    return int(asked.carry_out(asked))


if __name__ == "__main__":
    sys.exit(main())
