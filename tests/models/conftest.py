from pathlib import Path

import pytest
import torch

from models.data import DataReference
from models.recipe import Recipe
from models.run import Place


@pytest.fixture(scope="session", autouse=True)
def _two_cores_are_shared():
    torch.set_num_threads(1)


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
