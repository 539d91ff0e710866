"""Whether what a claim's file says to recipes and checks is known to them, before anything is run.

A dictionary that is free in form would otherwise be refused only when a run begins, or, what is
worse, be passed over in silence by the check at the end.
"""

from functools import cache

from models.catalog import did_you_mean
from models.recipe import bundled_names
from verifier.checks import CHECKS, Measured
from verifier.claim import InputError
from verifier.planning import check_recipes
from verifier.protocol import CLAIMS, BundledClaim, Preset, Protocol, bundled, folders
from verifier.statistics.metrics import METRICS

ANY = Preset(name="", n_seeds=1)


def check_files() -> None:
    """Every claim that has a file, once for each wording of it; ours alone are tested to be right.

    Raises:
        InputError: as `check_claim` says.
    """
    if folders() == (CLAIMS,):
        return
    for claim_id, entry in bundled().items():
        _check_once(claim_id, entry.toml)


@cache
def _check_once(claim_id: str, toml: str) -> None:
    del toml  # another text is another question
    check_claim(bundled()[claim_id])


def check_claim(entry: BundledClaim, *, preset: Preset = ANY, dataset: str | None = None) -> None:
    """Refuse a protocol that could not be carried out, or not be judged, as its file stands.

    Raises:
        InputError: what is wrong, where it stands, and the nearest there is.
    """
    for expected in entry.expectations:
        _check_name(expected.recipe, bundled_names(), where=f"{entry.claim.id}.toml [conformity]")
    if entry.protocol is not None:
        check_judging(entry.protocol)
        check_recipes(entry.protocol, preset, dataset=dataset)


def check_judging(protocol: Protocol) -> None:
    """Whether there is such a check and metric, and the check knows what it is told.

    The check itself says so: it is asked to judge nothing.
    """
    where = f"{protocol.id}.toml [protocol]"
    _check_name(protocol.check, CHECKS.names(), where=f"{where} check")
    _check_name(protocol.metric, list(METRICS), where=f"{where} metric")
    CHECKS.load(protocol.check).decide(Measured(), protocol=protocol)


def _check_name(name: str, known: list[str], *, where: str) -> None:
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError(f"{where}: there is no {name!r}.{hint} Known: {', '.join(known)}.")
