from pathlib import Path

import pytest
import torch

from models.data import DataReference
from models.data._records import LEADS
from models.data._wfdb_record import quiet_wfdb
from models.recipe import Recipe
from models.run import Place


@pytest.fixture(scope="session", autouse=True)
def _two_cores_are_shared():
    torch.set_num_threads(1)


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"])
def n_threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def tiny():
    return Recipe.bundled("tiny")


@pytest.fixture
def place(tmp_path, cache):
    def made(name: str = "run", **changes) -> Place:
        settings = {"out": tmp_path / name, "cache": cache, "data": DataReference(name="synthetic")}
        return Place(**{**settings, **changes})

    return made


@pytest.fixture(scope="session")
def root():
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def write_wfdb():
    """Write one record: values (T, C) in millivolts; whole microvolts unless `fmt` says less."""
    return _write_wfdb


def _write_wfdb(path: Path, values, *, hz=100, leads=LEADS, **changes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    n_leads = values.shape[1]
    settings = {
        "fs": hz,
        "units": ["mV"] * n_leads,
        "sig_name": list(leads),
        "p_signal": values,
        "fmt": ["16"] * n_leads,
        "adc_gain": [1000.0] * n_leads,
        "baseline": [0] * n_leads,
    }
    with quiet_wfdb() as wfdb:
        wfdb.wrsamp(path.name, write_dir=str(path.parent), **{**settings, **changes})
