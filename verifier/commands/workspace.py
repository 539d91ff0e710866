"""The installation and its state: doctor, init."""

import argparse

from verifier.commands._console import DONE, show
from verifier.doctor import examine, in_words
from verifier.web import front_door
from verifier.workspace import open_workspace


def doctor(asked: argparse.Namespace) -> int:
    found = examine(open_workspace(), front_door())
    show(asked, found, lambda: in_words(found))
    return DONE


def init(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    result = {"home": str(workspace.home), "claims": workspace.archive.claims(limit=0).n_found}
    show(asked, result, lambda: [f"{result['claims']} claims in {workspace.home}"])
    return DONE
