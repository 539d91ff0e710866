import pytest

from verifier.sources import SOURCES


@pytest.mark.parametrize("name", list(SOURCES))
def test_every_source_offers_the_same(name):
    source = SOURCES.load(name)
    assert isinstance(source.LABEL, str)
    assert source.LABEL
    assert isinstance(source.needs({}), tuple)
    assert callable(source.search)
    assert callable(source.fetch)
