"""Does every favoured arm beat every rival by more than delta, in every context?

Supported if the 95 % interval of every member lies above delta; contradicted if the 90 % interval
of at least one lies below it (too small to matter, or reversed). Both with Holm's correction over
the members, since the claim ranges over all of them.
"""

from collections.abc import Mapping

from verifier.checks import Decision, Measured
from verifier.checks._questions import asked_of, decided, options
from verifier.protocol import Protocol

LABEL = "every favoured arm exceeds every rival by more than delta"
OPTIONS: Mapping[str, str] = {}


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    options(protocol, OPTIONS, {})
    return decided([asked_of(m, delta=protocol.delta) for m in measured.members], measured)
