"""The command line: everything the dashboard does.

Exit status 0: done; 1: done, but something failed and is named; 2: the user's input is wrong.
With --json, one JSON document on standard output and nothing else; progress goes to stderr.
"""

import argparse
import errno
import sys
from collections.abc import Sequence

from sqlalchemy.exc import DatabaseError

from db.session import DriverMissingError, EncodingError, SchemaTooNewError
from verifier.claim import InputError
from verifier.commands import (
    candidates,
    children,
    citing,
    claims,
    documents,
    measuring,
    reports,
    runs,
    searching,
    storage,
    working,
    workspace,
)
from verifier.commands._console import Command
from verifier.executors import EXECUTORS
from verifier.exports import EXPORTS
from verifier.protocol import presets
from verifier.workspace import trouble_in_words

DONE, FAILED, WRONG_INPUT = 0, 1, 2
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)  # not ours to mend
BENCHES = ("literature", "dashboard", "faults", *measuring.ENGINE)
RUN_ACTIONS = ("list", "cancel", "retry", "pause", "resume", "cuda", "cpu")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.command(asked))
    except (InputError, SchemaTooNewError, DriverMissingError, EncodingError) as error:
        print(f"replicheck: {error}", file=sys.stderr)
        return WRONG_INPUT
    except BrokenPipeError:
        return DONE  # whoever read our output has had enough
    except DatabaseError as error:
        words = trouble_in_words(error)
        if words is None:
            raise  # a fault of ours
        print(f"replicheck: {words}", file=sys.stderr)
        return FAILED
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(f"replicheck: {where}{error.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("replicheck: interrupted; what was finished is kept", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m verifier", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    verb = _verb(verbs, "import", "import the claims of a report", reports.import_report)
    verb.add_argument("file", help="synthesis text, Markdown, CSV or JSON")
    verb.add_argument("--format", help="the importer to use, where the file does not tell")
    verb.add_argument("--dry-run", action="store_true", help="show, and store nothing")

    _verb(verbs, "claims", "list the claims with their verdicts", claims.list_claims)

    verb = _verb(verbs, "verify", "ask both witnesses about claims", working.verify)
    verb.add_argument("claims", nargs="*", metavar="CLAIM", help="ids, such as C03")
    verb.add_argument("--all", action="store_true", help="every claim")
    verb.add_argument("--preset", default="quick", help=f"one of {', '.join(presets())}")
    verb.add_argument(
        "--data", default="synthetic", help="a data set: synthetic, or NAME:DIR, such as ptb_xl:DIR"
    )
    verb.add_argument("--slots", type=_from_one, help="runs at a time; default: one for each core")

    verb.add_argument(
        "--until-decided", action="store_true", help="add seeds to claims left undecided"
    )
    verb.add_argument("--budget", default="30m", metavar="TIME", help="for that: 90s, 30m, 2h")

    verb = _verb(verbs, "worker", "run what the queue holds", working.worker)
    verb.add_argument("--slots", type=_from_one, help="runs at a time; default: one for each core")
    verb.add_argument(
        "--gpus", type=int, nargs="*", metavar="N", help="local: cards, such as 0 1; else how many"
    )
    verb.add_argument(
        "--executor", default="local", choices=EXECUTORS.names(), help="where runs are carried out"
    )
    verb.add_argument("--address", help="of the Ray cluster; one is started where none is given")
    verb.add_argument(
        "--option", action="append", metavar="NAME=VALUE", help="for sbatch: partition=short …"
    )
    verb.add_argument("--limit-hours", type=_above_zero, help="longest a run may take")
    verb.add_argument("--limit-gib", type=_above_zero, help="most memory a run may use")

    verb = _verb(verbs, "export", "write a report", reports.export)
    verb.add_argument("--format", required=True, help=", ".join(EXPORTS.names()))
    verb.add_argument("--output", required=True, metavar="FILE", help="- for standard output")
    verb.add_argument("--report", type=int, metavar="ID", help="one imported report; default: all")

    verb = _verb(verbs, "documents", "add, list or remove documents", documents.documents)
    verb.add_argument("action", choices=["add", "list", "remove"])
    verb.add_argument(
        "named",
        nargs="*",
        metavar="FILE|DOCUMENT",
        help="add: text, PDF, HTML, JATS, JSON lines; remove: number, key or arXiv id",
    )
    verb.add_argument("--reason", default="", help="why it is removed; kept with the name")
    verb.add_argument("--by", default="", metavar="NAME", help="who removes it")
    verb.add_argument("--removed", action="store_true", help="list those that were removed")

    verb = _verb(verbs, "cite", "papers for a reference manager", citing.cite)
    verb.add_argument("documents", nargs="*", metavar="DOCUMENT", help="default: all stored")
    verb.add_argument("--search", type=int, metavar="N", help="the papers of this search")
    verb.add_argument("--format", default="bibtex", help="bibtex or ris")
    verb.add_argument("--output", default="-", metavar="FILE", help="default: standard output")

    verb = _verb(verbs, "search", "search the literature", searching.search)
    verb.add_argument("question", nargs="?", help="a research question, in quotes")
    verb.add_argument("--source", action="append", default=[], help="ask only this; repeatable")
    verb.add_argument("--query", action="append", default=[], help="instead of queries by rule")
    verb.add_argument(
        "--per-query", type=_from_one, default=10, help="papers wanted of each source"
    )
    verb.add_argument("--show", type=int, metavar="N", help="an earlier search, as it was")
    verb.add_argument("--again", type=int, metavar="N", help="an earlier search, once more")

    verb = _verb(verbs, "fetch", "bring full texts of papers", documents.fetch)
    verb.add_argument("documents", nargs="+", metavar="DOCUMENT", help="number, key or arXiv id")

    verb = _verb(verbs, "extract", "read what papers claim", candidates.extract)
    verb.add_argument("documents", nargs="+", metavar="DOCUMENT", help="number, key or arXiv id")

    verb = _verb(verbs, "candidates", "claims read in papers", candidates.list_or_decide)
    verb.add_argument("action", nargs="?", default="list", choices=["list", "accept", "reject"])
    verb.add_argument("ids", nargs="*", type=int, metavar="CANDIDATE")
    verb.add_argument("--by", default="", metavar="NAME", help="who decides")
    verb.add_argument("--reason", default="", help="why; needed to reject")
    verb.add_argument("--statement", default="", help="accept it in these words")

    verb = _verb(verbs, "review", "how good a report is", reports.review)
    verb.add_argument("report", help="the number of an imported report, or its file")
    verb.add_argument("--model", action="store_true", help="ask the configured language model too")

    _verb(verbs, "retractions", "look for notices", documents.check_retractions)

    verb = _verb(
        verbs, "protocol", "choose the protocol that tests a claim", claims.choose_protocol
    )
    verb.add_argument("claim")
    verb.add_argument("protocol", help="a bundled claim's id, or none")

    verb = _verb(
        verbs,
        "runs",
        "list, cancel, retry, pause, resume or move runs",
        runs.list_or_steer,
    )
    verb.add_argument("action", nargs="?", default="list", choices=RUN_ACTIONS)
    verb.add_argument("ids", nargs="*", type=int, metavar="RUN")

    verb = _verb(verbs, "bench", "measure ourselves", measuring.bench)
    verb.add_argument("subject", choices=BENCHES)
    verb.add_argument("--rounds", type=_from_one, default=30, metavar="N", help="faults: how many")
    verb.add_argument("--seed", type=int, default=7, help="faults: of the random moments")
    verb.add_argument("--scifact", metavar="CLAIMS", help="labelled claims in SciFact's form …")
    verb.add_argument("--corpus", help="… and the abstracts they cite")
    verb.add_argument("--gold", metavar="CLAIMS", help="labelled claims of the field …")
    verb.add_argument("--papers", help="… and the papers they are about")
    verb.add_argument("--folder", metavar="DIR", help="dashboard: where its database is, or goes")
    verb.add_argument("--visits", type=_from_one, default=20, help="dashboard: of every page")
    verb.add_argument("--points", metavar="DIR", default="../shared/data/scaling", help="for laws")

    verb = _verb(verbs, "calibrate", "how often the engine is wrong", measuring.calibrate)
    verb.add_argument("--claims", type=_from_one, default=3000, help="simulated claims")
    verb.add_argument("--preset", default="standard", help="whose seeds and test patients")
    spreads = ["synthetic", "ptb_xl"]
    verb.add_argument("--spreads", default="synthetic", choices=spreads, help="as measured on")

    verb = _verb(verbs, "backup", "copy the database while it is in use", storage.back_up)
    verb.add_argument("file", help="to write: one SQLite file; of PostgreSQL a dump")
    verb.add_argument("--with-runs", action="store_true", help="the run folders too, beside it")

    verb = _verb(verbs, "restore", "make a backup the database", storage.restore)
    verb.add_argument("file", help="a backup or a dump; what is there now is kept aside")
    verb.add_argument("--with-runs", action="store_true", help="the run folders beside it too")

    verb = _verb(verbs, "dump", "write all of the database as JSON lines", storage.dump)
    verb.add_argument("file", help="to write; packed where it ends in .gz or .xz")

    verb = _verb(verbs, "load", "read a dump into an unused database", storage.load)
    verb.add_argument("file", help="a dump, packed or not")

    _verb(verbs, "check", "is the database sound?", storage.check)

    _verb(verbs, "doctor", "what is installed, reachable and missing", workspace.doctor)
    _verb(verbs, "init", "create the database with the bundled claims", workspace.init)

    verb = verbs.add_parser("tend")  # what a worker starts; not for people
    verb.add_argument("verification", type=int)
    verb.add_argument("owner")
    verb.set_defaults(command=children.tend)

    verb = verbs.add_parser("answer")  # what a worker starts; not for people
    verb.add_argument("inquiry", type=int)
    verb.add_argument("owner")
    verb.set_defaults(command=children.answer)
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    words: str,
    command: Command,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=words)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(command=command)
    return parser


def _from_one(written: str) -> int:
    if not written.strip().isdecimal() or int(written) < 1:
        raise argparse.ArgumentTypeError(f"{written!r} must be a whole number from 1 up")
    return int(written)


def _above_zero(written: str) -> float:
    try:
        found = float(written)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise argparse.ArgumentTypeError(f"{written!r} must be a number above 0")
    return found


if __name__ == "__main__":
    sys.exit(main())
