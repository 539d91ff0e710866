"""The command line: `python -m models run | list | describe | bench | table | data`.

Exit status 0: done. 1: the run failed or is invalid, and said why. 2: what was asked cannot be
done as asked. 75: another process is at work in the folder. 76: the remains of another run lie
there. 141: nobody read on, as for a command that a closed pipe ends. 143: ended by SIGTERM, with a
checkpoint.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from models import data_commands
from models.data import DataError, DataReference, parse_reference
from models.listing import listing
from models.progress import Stopped, terminated
from models.recipe import Recipe, RecipeError, bundled_names
from models.whole_file import BusyError, alone_in

DONE, FAILED, REFUSED, BUSY, OTHERS, UNREAD, TERMINATED = 0, 1, 2, 75, 76, 141, 143
_LOOK_FOR_PARENT_S = 0.5
_GRACE_S = 20.0  # to reach the next checkpoint once the parent is gone; a lease is longer
_PATIENCE_S = 60.0  # for an earlier process in the same folder


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        status = int(asked.carry_out(asked))
        sys.stdout.flush()
        return status
    except (RecipeError, DataError) as error:
        return _say(REFUSED, str(error))
    except BrokenPipeError:  # whoever read has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except Exception as error:
        traceback.print_exc()
        return _say(FAILED, f"{type(error).__name__}: {error}")


def _run(asked: argparse.Namespace) -> int:
    with terminated() as is_stopping:
        if asked.end_with_parent:
            _end_with_parent()
        reference, recipe = _with_data(_recipe(asked.recipe), asked.data)
        if asked.seed is not None:
            recipe = recipe.with_changes({"seed": asked.seed})

        from models.run import OtherRunError, Place, run  # with torch: a refused recipe waits not

        place = Place(
            out=asked.out,
            cache=asked.cache or asked.out / "cache",
            data=reference,
            n_threads=asked.threads,
            device=_device(asked.device),
            checkpoint_every=asked.checkpoint_every,
            clock=time.time,
        )
        try:
            with alone_in(asked.out, patience_s=_PATIENCE_S, is_stopping=is_stopping):
                result = run(recipe, place, is_stopping=is_stopping)
        except BusyError as error:
            return _say(BUSY, str(error))
        except OtherRunError as error:
            return _say(OTHERS, str(error))
        except Stopped:
            return _say(TERMINATED, f"stopped by SIGTERM; the same command goes on in {asked.out}")
    if not result["is_valid"]:
        return _say(FAILED, f"the run is invalid: {result['invalid_reason']}")
    print(asked.out / "result.json")
    return DONE


def _with_data(recipe: Recipe, text: str | None) -> tuple[DataReference, Recipe]:
    """Take the data set from --data if given; where it lies is no part of the recipe."""
    reference = parse_reference(text or recipe.dataset)
    if reference.name != recipe.dataset:
        recipe = recipe.with_changes({"dataset": reference.name})
    return reference, recipe


def _recipe(name: str) -> Recipe:
    path = Path(name)
    if path.suffix == ".json":
        try:
            return Recipe.from_json(path.read_text(encoding="utf-8"), where=str(path))
        except OSError as error:
            raise RecipeError(f"Cannot read recipe {path}: {error.strerror}.") from None
    if path.suffix == ".toml":
        return Recipe.from_toml(path)
    if path.exists() and name not in bundled_names():
        raise RecipeError(f"{path} is neither .toml nor .json.")
    return Recipe.bundled(name)


def _device(name: str) -> str:
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise RecipeError("--device cuda: torch finds no CUDA device here; use --device cpu.")
    return name


def _list(asked: argparse.Namespace) -> int:
    found = listing()
    if asked.json:
        print(json.dumps(found, indent=1))
        return DONE
    for kind, entries in found.items():
        print(f"{kind}:")
        for entry in entries:
            print(f"  {entry['name']:<16} {entry['description']}")
    return DONE


def _describe(asked: argparse.Namespace) -> int:
    recipe = _recipe(asked.recipe)

    from models.describe import describe

    facts = describe(recipe)
    if asked.out is not None:
        from models.result import write_json

        asked.out.mkdir(parents=True, exist_ok=True)
        write_json(asked.out / "result.json", {"schema": 1, "kind": "description", "facts": facts})
    if asked.json:
        print(json.dumps(facts, indent=1))
    else:
        for key, value in facts.items():
            if key != "recipe":
                print(f"{key}: {value}")
    return DONE


def _bench(asked: argparse.Namespace) -> int:
    device = _device(asked.device)

    import torch

    from models.bench import Bench, bench

    found = bench(Bench(n_threads=asked.threads, device=torch.device(device)))
    if asked.json:
        print(json.dumps(found, indent=1))
        return DONE
    for key, value in found.items():
        for one in value if isinstance(value, list) else [value]:
            print(f"{key}: {one}")
    return DONE


def _table(asked: argparse.Namespace) -> int:
    references = [parse_reference(text) for text in asked.data or ["synthetic"]]
    recipe = _recipe(asked.recipe)

    from models import table

    chosen = {
        name: tuple(value)
        for name in ("objectives", "backbones")
        if (value := getattr(asked, name)) is not None
    }
    plan = table.Plan(recipe=recipe, data=references, n_seeds=asked.seeds, **chosen)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with terminated() as is_stopping:
        try:
            rows = table.fill(plan, out=asked.out, is_stopping=is_stopping, say=say)
        except Stopped:
            return _say(TERMINATED, f"stopped by SIGTERM; the same command goes on in {asked.out}")
    print(json.dumps(rows, indent=1) if asked.json else table.markdown(rows))
    return DONE


def _end_with_parent() -> None:
    """Watch the parent and end, by SIGTERM to ourselves, once it is gone.

    Linux could signal this by itself (PR_SET_PDEATHSIG), but does so already when the *thread* that
    started us ends, and supervisors start children from threads.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_FOR_PARENT_S)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_S)
        os._exit(TERMINATED)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _say(status: int, message: str) -> int:
    print(f"models: {' '.join(message.split())}", file=sys.stderr)
    return status


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, found {text!r}")
    return int(text)


def _natural(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 up, found {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    run = _command(commands, "run", _run, "carry out a recipe: pretrain, probe, write result.json")
    run.add_argument("recipe", help="a .toml or .json file, or the name of a bundled recipe")
    run.add_argument("--out", type=Path, required=True, help="folder of this run alone")
    run.add_argument("--data", help="synthetic, or ptb_xl:FOLDER; the recipe's data set otherwise")
    run.add_argument("--cache", type=Path, help="folder of prepared records, shared between runs")
    run.add_argument("--threads", type=_positive, default=1)
    run.add_argument("--seed", type=_natural, help="instead of the recipe's")
    run.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    run.add_argument("--checkpoint-every", type=_positive, default=100, metavar="N")
    run.add_argument("--end-with-parent", action="store_true", help="end when the starter ends")

    names = _command(commands, "list", _list, "what there is to choose from")
    names.add_argument("--json", action="store_true")

    speed = _command(commands, "bench", _bench, "how fast training and feeding are, and ratios")
    speed.add_argument("--json", action="store_true")
    speed.add_argument("--threads", type=_positive, default=2)
    speed.add_argument("--device", choices=("cpu", "cuda"), default="cpu")

    cells = _command(commands, "table", _table, "train every objective on every backbone")
    cells.add_argument("--recipe", default="reduced", help="whose settings all cells share")
    cells.add_argument("--data", action="append", help="may be repeated; synthetic otherwise")
    cells.add_argument("--objectives", nargs="+", metavar="NAME", help="all on signals otherwise")
    cells.add_argument("--backbones", nargs="+", metavar="NAME", help="all otherwise")
    cells.add_argument("--seeds", type=_positive, default=3, help="runs of each cell")
    cells.add_argument("--out", type=Path, required=True, help="folder of its runs, kept")
    cells.add_argument("--json", action="store_true")

    facts = _command(commands, "describe", _describe, "make a recipe's modules and look at them")
    facts.add_argument("recipe", help="a .toml or .json file, or the name of a bundled recipe")
    facts.add_argument("--json", action="store_true")
    facts.add_argument("--out", type=Path, help="folder for a result.json with the facts")

    data_commands.add_parsers(commands)
    return parser


def _command(commands: Any, name: str, carry_out: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(carry_out=carry_out)
    return parser


if __name__ == "__main__":
    sys.exit(main())
