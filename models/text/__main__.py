"""python -m models.text: what the literature side asks of torch, in a process of its own.

`serve` answers one JSON object a line on standard input with one a line on standard output, until
the input ends:

    {"embed": [TEXT, …]}              {"vectors": base64 of float32, row by row}
    {"judge": [[CLAIM, TITLE, [SENTENCE, …]], …]}
                                      {"logits": [[3 numbers], …], "sentences": [[[3], …], …]}
    {"nli": [[CLAIM, PASSAGE], …], "folder": PATH}    {"logits": [[3 numbers], …]}

Logits are of supported, contradicted, neither: of a document or a pair, and of each sentence.
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
        from models.text import judge

        return judge.load(), judge.Pieces()

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

            asked = [judge.Question(c, tuple(s), t) for c, t, s in request["judge"]]
            network, pieces = self.judge
            said = judge.answers(network, pieces, asked)
            pieces.forget()
            return {
                "logits": [each.whole.tolist() for each in said],
                "sentences": [each.sentences.tolist() for each in said],
            }
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

    from models.text import heard, judge, pairs, scifact, training

    torch.set_num_threads(asked.threads)
    started = time.monotonic()
    try:
        claims, corpus = scifact.claims(asked.scifact), scifact.corpus(asked.corpus)
        wanted = [] if asked.ask is None else heard.asked(asked.ask, claims, corpus)
        plan = training.Plan(**{**dict(map(_setting, asked.set)), "seed": asked.seed})
    except (OSError, ValueError, TypeError) as error:
        print(f"models.text: {error}", file=sys.stderr)
        return REFUSED

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {words}", file=sys.stderr, flush=True)

    def left() -> float:
        return max(1.0, asked.seconds - (time.monotonic() - started))

    given = training.read(claims, corpus, asked.fever, seed=plan.seed, device=asked.device, say=say)
    fit = {"device": asked.device, "say": say}
    start, n_first = training.first(given, plan, seconds=left() * training.FIRST_SHARE, **fit)
    notes = {
        **vars(plan),
        "device": asked.device,
        "torch": torch.__version__,
        "first_steps": n_first,
        "data": {n: pairs.digest(getattr(asked, n)) for n in ("scifact", "corpus", "fever")},
    }
    parts = pairs.folds(claims, pairs.N_FOLDS) if wanted else []
    said: list[heard.Said] = []
    for number, part in enumerate([*parts, []]):
        rest = [claim for claim in claims if claim not in part]
        share = left() / (len(parts) + 1 - number)
        trained, steps = training.second(start, rest, given, plan, seconds=share, **fit)
        trained.to(asked.device)
        if part:
            unseen = {claim.id for claim in part}
            chosen = [each for each in wanted if each.claim in unseen]
            said += heard.listen(trained, chosen, device=asked.device)
            heard.write(asked.heard, said)
            say(f"without fold {number}: {steps} steps; {heard.in_short(said, claims)}")
        else:
            seconds = round(time.monotonic() - started)
            notes |= {"n_claims": len(rest), "steps": steps, "seconds": seconds}
            judge.save(trained, asked.out, notes)
            say(f"with every claim: {steps} steps")
    print(asked.out)
    return DONE


def _setting(written: str) -> tuple[str, float]:
    """NAME=NUMBER of a plan."""
    name, _, value = written.partition("=")
    return name, float(value) if "." in value or "e" in value else int(value)


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
    train.add_argument("--ask", type=Path, help="what to ask judges that lack a fold, JSON lines")
    train.add_argument("--heard", type=Path, help="where their answers go, JSON lines")
    train.add_argument("--seconds", type=float, default=1e9, help="cut the plan to this time")
    train.add_argument("--set", nargs="*", default=[], metavar="NAME=NUMBER", help="of the plan")
    train.add_argument("--threads", type=int, default=1)
    train.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    train.set_defaults(carry_out=_train)

    asked = parser.parse_args(arguments)
    if hasattr(asked, "ask") and (asked.ask is None) != (asked.heard is None):
        parser.error("--ask goes with --heard")
    return int(asked.carry_out(asked))


if __name__ == "__main__":
    sys.exit(main())
