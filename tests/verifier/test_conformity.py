import pytest

from verifier.conformity import compare
from verifier.protocol import Expectation

FOUR = Expectation(says="four", fact="stem.n_convolutions", equals=4, recipe="paper_cpc")


@pytest.mark.parametrize(
    ("facts", "found", "holds"),
    [
        ({"paper_cpc": {"stem": {"n_convolutions": 4}}}, 4, True),
        ({"paper_cpc": {"stem": {"n_convolutions": 3}}}, 3, False),
        ({"paper_cpc": {"stem": {}}}, None, None),
        ({"paper_cpc": {"stem": 4}}, None, None),
        ({}, None, None),
    ],
)
def test_conformity_is_found_not_found_or_unknown(facts, found, holds):
    (row,) = compare([FOUR], facts)
    assert (row["found"], row["holds"]) == (found, holds)
    assert bool(row["reason"]) == (holds is None)
