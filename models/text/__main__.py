"""python -m models.text: what the literature side asks of torch, in a process of its own.

`serve` answers one JSON object a line on standard input with one a line on standard output, until
the input ends:

    {"embed": [TEXT, …]}              {"vectors": base64 of float32, row by row}
    {"judge": [[CLAIM, TITLE, [SENTENCE, …]], …]}
                                      {"logits": [[3 numbers], …], "sentences": [[[3], …], …]}
    {"nli": [[CLAIM, PASSAGE], …], "folder": PATH}    {"logits": [[3 numbers], …]}

Logits are of supported, contradicted, neither: of a document or a pair, and of each sentence.
A request that fails is answered with {"error": words}. `prepare` and `train` make the bundled
judge; `bench` tells how fast its network reads.
"""

import argparse
import base64
import json
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from models.text import weights

DONE, REFUSED = 0, 2


class _Desk:
    """Answers requests; each model is loaded when it is first asked for."""

    def __init__(self, n_threads: int) -> None:
        self._nli: dict[str, Any] = {}
        self._n_threads = n_threads

    @cached_property
    def encoder(self) -> Any:
        from models.text import embedding, minilm

        return self._reader(minilm.load()), minilm.tokenizer(embedding.N_TOKENS)

    @cached_property
    def judge(self) -> Any:
        from models.text import judge

        network = judge.load()
        return network, judge.Pieces(), self._reader(network.encoder)

    def _reader(self, encoder: Any) -> Any:
        from models.text import minilm, rows

        return rows.Reader(encoder.halved(), minilm.sum_dtype(), self._n_threads)

    def nli(self, folder: str) -> Any:
        from models.text.nli import Nli

        if folder not in self._nli:
            self._nli = {folder: Nli(Path(folder))}
        return self._nli[folder]

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "embed" in request:
            from models.text import embedding

            reader, tokenizer = self.encoder
            vectors = embedding.embed(reader, tokenizer, request["embed"])
            return {"vectors": base64.b64encode(vectors.tobytes()).decode()}
        if "judge" in request:
            from models.text import judge

            asked = [judge.Question(c, tuple(s), t) for c, t, s in request["judge"]]
            network, pieces, reader = self.judge
            said = judge.answers(network, pieces, asked, reader=reader)
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
    desk = _Desk(asked.threads)
    for line in sys.stdin:
        try:
            answer = desk.answer(json.loads(line))
        except (OSError, ValueError, RuntimeError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    return DONE


def _prepare(asked: argparse.Namespace) -> int:
    import numpy as np

    from models.text import heard, invented, lessons, packing, pairs, scifact

    try:
        claims, corpus = scifact.claims(asked.scifact), scifact.corpus(asked.corpus)
        ours, our_corpus = invented.read(asked.invented) if asked.invented else ([], {})
        wanted = heard.asked(asked.ask)
        cited = {(claim.id, i) for claim in (*claims, *ours) for i in claim.cited}
        put = [one for one in wanted if (one.claim, one.document) in cited]
        questions = list(heard.matching(put, [*claims, *ours], {**corpus, **our_corpus}))
        plan = lessons.Plan(**{**dict(map(_setting, asked.set)), "seed": asked.seed})
    except (OSError, ValueError, TypeError) as error:
        print(f"models.text: {error}", file=sys.stderr)
        return REFUSED
    real = lessons.Labelled(claims=claims, corpus=corpus, near=heard.near(wanted))
    written = lessons.Labelled(claims=ours, corpus=our_corpus, near={}, in_turn=True)
    fever = pairs.fever(asked.fever, Random(plan.seed))
    taught = list(lessons.taught(real, written if ours else None, fever, plan))
    fold_of = {
        claim.id: number
        for each in (claims, ours)
        for number, part in enumerate(pairs.folds(each, pairs.N_FOLDS))
        for claim in part
    }
    told = packing.packed((q, 0, [0] * len(one.sentences)) for one, q in questions)
    told |= {
        "fold": np.array([fold_of[one.claim] for one in put], np.int8),
        "claim": np.array([one.claim for one in put]),
        "document": np.array([one.document for one in put]),
        "sentences": np.array([i for one in put for i in one.sentences], np.int16),
    }
    files = [name for name in ("scifact", "corpus", "invented", "fever") if getattr(asked, name)]
    notes = {
        "plan": vars(plan),
        "data": {name: pairs.digest(getattr(asked, name)) for name in files},
        "n_claims": [len(claims), len(ours)],
        "n_lessons": len(taught),
    }
    parts = {"lessons": packing.of_lessons(taught), "asked": told}
    packing.write(asked.out, parts, json.dumps(notes))
    print(f"{asked.out}: {len(taught)} lessons, {len(put)} questions")
    return DONE


def _train(asked: argparse.Namespace) -> int:
    import numpy as np
    import torch

    from models.text import heard, judge, packing, training

    torch.set_num_threads(asked.threads)
    started = time.monotonic()
    try:
        parts, notes = packing.read(asked.lessons)
        recipe = training.Recipe(**{**dict(map(_setting, asked.set)), "seed": asked.seed})
    except (OSError, ValueError, TypeError, KeyError) as error:
        print(f"models.text: {error}", file=sys.stderr)
        return REFUSED

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {words}", file=sys.stderr, flush=True)

    def left() -> float:
        return max(1.0, asked.seconds - (time.monotonic() - started))

    school = training.School(
        parts["lessons"], recipe, device=asked.device, say=say, state=asked.state
    )
    questions = packing.Packed(parts["asked"], asked.device)
    say(f"{len(school.fold)} lessons")
    start, n_first = school.first(left() * recipe.first_share)
    folds = parts["asked"]["fold"]
    runs = [None, *map(int, np.unique(folds))] if asked.heard else [None]
    if asked.only is not None:
        runs = [fold for fold in runs if training.name_of(fold) in asked.only]
    said: list[tuple[heard.Asked, judge.Answer]] = []
    for number, fold in enumerate(runs):
        trained, steps = school.second(start, left() / (len(runs) - number), fold)
        if fold is None:
            judge.save(
                trained,
                asked.out,
                {
                    **json.loads(notes),
                    **vars(recipe),
                    "device": asked.device,
                    "torch": torch.__version__,
                    "steps": [n_first, steps],
                },
            )
        else:
            rows = np.flatnonzero(folds == fold)
            answers = training.answers(trained, questions, rows)
            said += zip(packing.asked(parts["asked"], rows), answers, strict=True)
            heard.write(asked.heard, said)
        say(f"{training.name_of(fold)}: {steps} steps")
    print(asked.out)
    return DONE


def _bench(asked: argparse.Namespace) -> int:
    from models.text import bench

    if asked.threads < 1 or asked.rounds < 1:
        print("models.text: --threads and --rounds must be 1 or more", file=sys.stderr)
        return REFUSED
    found = bench.measure(asked.threads, asked.rounds)
    print(json.dumps(found) if asked.json else "\n".join(bench.words(found)))
    return DONE


def _setting(written: str) -> tuple[str, float]:
    """NAME=NUMBER of a plan or a recipe."""
    name, _, value = written.partition("=")
    return name, float(value) if "." in value or "e" in value else int(value)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.text", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="command")

    serve = verbs.add_parser("serve", help="answer requests on standard input")
    serve.add_argument("--threads", type=int, default=1)
    serve.set_defaults(carry_out=_serve)

    bench = verbs.add_parser("bench", help="how fast the judge's network reads, and other ways")
    bench.add_argument("--threads", type=int, default=2)
    bench.add_argument("--rounds", type=int, default=7)
    bench.add_argument("--json", action="store_true")
    bench.set_defaults(carry_out=_bench)

    prepare = verbs.add_parser("prepare", help="cut all that a judge is taught into word pieces")
    prepare.add_argument("--scifact", type=Path, required=True, help="training claims, JSON lines")
    prepare.add_argument("--corpus", type=Path, required=True, help="abstracts, JSON lines or .xz")
    prepare.add_argument("--invented", type=Path, help="abstracts of models/text/invented.py")
    prepare.add_argument("--fever", type=Path, required=True, help="FEVER pairs, .tsv.xz")
    prepare.add_argument("--ask", type=Path, required=True, help="of verifier.bench.fitting --ask")
    prepare.add_argument("--out", type=Path, required=True, help="the lessons, .npz")
    prepare.add_argument("--set", nargs="*", default=[], metavar="NAME=NUMBER", help="of the plan")
    prepare.add_argument("--seed", type=int, default=0)
    prepare.set_defaults(carry_out=_prepare)

    train = verbs.add_parser("train", help="train the bundled judge on prepared lessons")
    train.add_argument("--lessons", type=Path, required=True)
    train.add_argument("--out", type=Path, default=weights.JUDGE)
    train.add_argument("--heard", type=Path, help="what judges say of folds they never saw")
    train.add_argument("--state", type=Path, help="folder to go on from where it was cut off")
    train.add_argument(
        "--only", nargs="*", metavar="JUDGE", help="every, without-0 …: of several processes"
    )
    train.add_argument("--seconds", type=float, default=1e9, help="cut the training to this time")
    train.add_argument("--set", nargs="*", default=[], metavar="NAME=NUMBER", help="of the recipe")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--threads", type=int, default=1)
    train.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    train.set_defaults(carry_out=_train)

    asked = parser.parse_args(arguments)
    return int(asked.carry_out(asked))


if __name__ == "__main__":
    sys.exit(main())
