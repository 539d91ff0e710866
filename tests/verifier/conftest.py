import pytest

from tests.verifier.literature_server import PLACES, played
from tests.verifier.made import NOON
from tests.verifier.scripted import job_of, supervised
from verifier import worker as supervising
from verifier.dossier import Dossier
from verifier.web import Door, Limits
from verifier.worker import Settings

WORLD = {
    "T-TRUE": ("A is better than B.", "a", "b"),
    "T-FALSE": ("B is better than A.", "b", "a"),
    "T-OPEN": ("C is better than A.", "c", "a"),
}
ARMS = {"a": 3e-3, "b": 2e-3, "c": 1e-3}  # told apart by their learning rate alone


def claim_toml(statement: str, favoured: str, rival: str, **more: str) -> str:
    return f"""
statement = "{statement}"
kind = "empirical"
topic = "planted"

[protocol]
hypothesis = "{statement}"
words = "A planted comparison."
check = "exceeds"
recipe = "tiny"
favoured = [{{ name = "{favoured}", changes = {{ learning_rate = {ARMS[favoured]} }} }}]
rivals = [{{ name = "{rival}", changes = {{ learning_rate = {ARMS[rival]} }} }}]
controls = [{{ name = "random encoder", changes = {{ n_updates = 0 }} }}]
""" + "".join(f"{key} = {value}\n" for key, value in more.items())


@pytest.fixture
def planted_claims(tmp_path, monkeypatch):
    """A claim that is true, one that is false and one that nothing decides."""
    folder = tmp_path / "claims"
    folder.mkdir()
    for claim_id, (statement, favoured, rival) in WORLD.items():
        (folder / f"{claim_id}.toml").write_text(claim_toml(statement, favoured, rival))
    (folder / "_presets.toml").write_text("[planted]\nn_seeds = 5\nsizes = [64]\n")
    monkeypatch.setenv("VERIFIER_CLAIMS", str(folder))
    return folder


@pytest.fixture
def sources(monkeypatch):
    """One local server that plays every literature source, with no key set."""
    for key in ("OPENALEX_API_KEY", "SEMANTIC_SCHOLAR_API_KEY", "VERIFIER_MAILTO"):
        monkeypatch.delenv(key, raising=False)
    with played() as state:
        for name, path in PLACES.items():
            if name != "VERIFIER_LLM_URL":
                monkeypatch.setenv(name, state.url + path)
        yield state


@pytest.fixture
def source_door(tmp_path):
    """A door to that server that never really waits."""
    now = [1_000_000.0]

    def sleep(seconds):
        now[0] += seconds

    door = Door(
        Limits(read_s=5),
        allowed_hosts=["127.0.0.1"],
        environ={},
        sleep=sleep,
        clock=lambda: now[0],
        folder=tmp_path / "replies",
    )
    yield door
    door.close()


@pytest.fixture
def worker(workspace, monkeypatch):
    """A supervisor with two slots, ticked by the test."""
    grace = {**supervising.GRACE_S, "cancel": 0.3, "lost": 0.3}
    monkeypatch.setattr(supervising, "GRACE_S", grace)
    with supervised(workspace, Settings(slots=2)) as made:
        yield made


@pytest.fixture
def child(monkeypatch):
    """Make every run carry out a script."""
    return lambda script: monkeypatch.setattr(supervising, "job_for", job_of(script))


@pytest.fixture(scope="session")
def empty_dossier() -> Dossier:
    """Of a workspace in which nothing is."""
    return Dossier(
        generated_at=NOON,
        version="0.1.0",
        report=None,
        references=(),
        claims=(),
        documents={},
        runs=(),
        measurements={},
    )
