"""The literature witness through the whole program, against a local server that plays arXiv."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.verifier.answering import Answerer, answering

ROOT = Path(__file__).parents[2]
ABSTRACT = (
    "We study pretraining. The assessment is comprehensive, covering five different contrastive "
    "and non-contrastive pretraining methodologies. More work is needed."
)
ENTRY = f"""<entry><id>http://arxiv.org/abs/2605.12241v1</id>
<title>A systematic study</title><summary>{ABSTRACT}</summary>
<published>2026-05-12T00:00:00Z</published><updated>2026-05-12T00:00:00Z</updated>
<author><name>A. Author</name></author>
<link href="http://arxiv.org/abs/2605.12241v1" rel="alternate" type="text/html"/>
<arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="eess.SP"/>
<category term="eess.SP"/></entry>"""
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"
      xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
<id>http://arxiv.org/api/x</id><title>ArXiv Query</title><updated>2026-06-09T00:00:00Z</updated>
<opensearch:totalResults>{n}</opensearch:totalResults>
<opensearch:startIndex>0</opensearch:startIndex>
<opensearch:itemsPerPage>{n}</opensearch:itemsPerPage>{entries}</feed>"""


@pytest.fixture
def arxiv(monkeypatch):
    """A server that knows one paper, by its id alone; what it was asked is remembered."""
    asked = []

    class Handler(Answerer):
        def do_GET(self) -> None:
            question = parse_qs(urlsplit(self.path).query)
            asked.append(question)
            is_known = "2605.12241" in question.get("id_list", [""])[0]
            self.give(200, FEED.format(n=int(is_known), entries=ENTRY if is_known else "").encode())

    monkeypatch.delenv("VERIFIER_OFFLINE")
    monkeypatch.setenv("VERIFIER_ALLOWED_HOSTS", "127.0.0.1")
    with answering(Handler) as address:
        monkeypatch.setenv("VERIFIER_ARXIV_URL", f"{address}/api/query")
        yield asked


def verify(claim_id: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "verify", claim_id, "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=os.environ["VERIFIER_HOME"],
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (claim,) = json.loads(done.stdout)["claims"]
    return claim


def test_a_descriptive_claim_is_verified_by_the_studys_own_abstract(arxiv):
    claim = verify("C01")
    assert claim["status"] == "verified"
    assert claim["literature"]["finding"] == "supported"
    assert 0.5 < claim["literature"]["confidence"] < 1
    assert claim["literature"]["kind"] == "source check"
    assert claim["experiment"]["finding"] == "not_testable"
    assert "five different" in claim["literature"]["reason"]

    n_questions = len(arxiv)
    assert verify("C01")["status"] == "verified"
    assert len(arxiv) == n_questions, "what was answered lately is not asked again"
