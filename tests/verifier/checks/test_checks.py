"""What every rule in verifier/checks/ keeps to."""

import pytest

from verifier.checks import CHECKS, Measured
from verifier.checks.scaling import insufficient
from verifier.protocol import Protocol
from verifier.verdict import Finding


@pytest.fixture(params=CHECKS.names())
def check(request):
    return CHECKS.load(request.param)


PROTOCOL = Protocol(id="T", hypothesis="", words="", check="", recipe="tiny", favoured=())


def test_a_rule_has_a_label(check):
    assert check.LABEL


def test_nothing_measured_is_inconclusive_and_has_no_number(check):
    found = check.decide(Measured(), protocol=PROTOCOL)
    assert found.finding is Finding.INCONCLUSIVE
    assert found.confidence is None
    assert found.reason
    assert found.confidence_reason


@pytest.mark.parametrize(
    ("sizes", "n_seeds", "is_enough"),
    [
        ((64, 181, 512, 1448, 4096), 10, True),
        ((64, 181, 512, 1448, 4096), 2, False),
        ((128, 512, 2048), 10, False),
        ((64, 90, 128, 181, 256), 10, False),
        ((), 0, False),
    ],
)
def test_a_scaling_statement_needs_sizes_decades_and_seeds(sizes, n_seeds, is_enough):
    """64 to 4,096 are 1.8 decades; 64 to 256 are 0.6."""
    lacking = insufficient(sizes, n_seeds=n_seeds)
    assert (lacking is None) == is_enough
    if not is_enough:
        assert lacking.startswith("Insufficient range: ")
