"""A wrong document is read no more; what verdicts quoted from it stays true."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text

from db.soundness import examine
from verifier import extracting, intake
from verifier.__main__ import main
from verifier.access import Access, Person, Refused, Role
from verifier.archive import RemovedMeanwhile
from verifier.bibliography import FoundPaper
from verifier.claim import InputError
from verifier.document import Document
from verifier.encoder import Embedder
from verifier.literature.passages import passages
from verifier.literature.retrieval import text_of
from verifier.removing import remove
from verifier.verdict import Assessment, Evidence, Finding, Kind, Witness

WRONG = Document(
    key="arxiv:2605.12241",
    title="Minutes of a meeting",
    text="We find that CPC wins on ECGs. Nobody outside may read this.",
    source="file",
    extent="full text",
    authors=("A. Clerk",),
)
QUOTE = "We find that CPC wins on ECGs."


def added(workspace):
    (stored,) = workspace.archive.put_documents([WRONG])
    return stored


@pytest.fixture
def wrong(workspace):
    return added(workspace)


def quoting(document):
    found = Evidence(
        document_id=document.id, start=0, end=len(QUOTE), quote=QUOTE, score=1.0, is_primary=True
    )
    return Assessment(
        claim_id="C03",
        witness=Witness.LITERATURE,
        finding=Finding.SUPPORTED,
        reason="It says so.",
        evidence=(found,),
        basis="then",
    )


def everything_in(workspace):
    """Every text value of every table of documents, as one string."""
    with workspace.database.reading() as session:
        rows = session.execute(text("SELECT * FROM document")).all()
    return repr(rows)


def test_a_text_that_nothing_quotes_is_erased_and_its_number_stays_taken(workspace_on_either):
    workspace, wrong = workspace_on_either, added(workspace_on_either)
    extracting.extract(workspace, wrong)

    done = remove(workspace, wrong, author="anna", reason="wrong file")

    assert done.removal.is_erased
    assert "erased" in done.words
    assert workspace.archive.documents() == []
    assert workspace.candidates.of(wrong.id) == []
    assert "Nobody outside" not in everything_in(workspace)
    assert "Minutes" not in everything_in(workspace)
    left = workspace.archive.document(wrong.id)
    assert (left.text, left.title, left.removal.author) == ("", "", "anna")
    (other,) = workspace.archive.put_documents([replace(WRONG, text="Another.")])
    assert other.id != wrong.id, "an old address never shows another paper"
    assert not any(examine(workspace.database).values())


def test_a_quoted_text_is_read_no_more_but_kept_for_the_verdict_that_quotes_it(workspace_on_either):
    workspace, wrong = workspace_on_either, added(workspace_on_either)
    workspace.archive.append(quoting(wrong), kind=Kind.EMPIRICAL)
    before = workspace.archive.assessments("C03"), workspace.archive.verdicts("C03")

    done = remove(workspace, wrong, author="anna", reason="wrong file")

    assert not done.removal.is_erased
    assert done.claim_ids == ("C03",)
    assert "C03" in done.words
    assert "verify again" in done.words
    assert workspace.archive.documents() == []
    assert (workspace.archive.assessments("C03"), workspace.archive.verdicts("C03")) == before
    kept = workspace.archive.document(wrong.id)
    assert (kept.text, kept.removal.reason) == (WRONG.text, "wrong file")
    assert not any(examine(workspace.database).values())


def test_what_a_person_decided_about_keeps_its_sentence(workspace, wrong):
    (first, *_) = extracting.extract(workspace, wrong).candidates
    workspace.candidates.reject(first.id, author="ben", reason="no claim of ours")

    done = remove(workspace, wrong, author="anna", reason="wrong file")

    assert not done.removal.is_erased
    assert first.id in [c.id for c in workspace.candidates.of(wrong.id)]
    assert not any(examine(workspace.database).values())


def test_what_a_search_found_keeps_its_title_in_the_chain(workspace, wrong):
    asked = workspace.inquiries.request("search", "q", {})
    paper = FoundPaper(document_id=wrong.id, score=1.0, sources=("arxiv",))
    workspace.bibliography.put_papers(asked, [paper])

    assert remove(workspace, wrong, author="anna", reason="off topic").removal.is_erased

    left = workspace.archive.document(wrong.id)
    assert (left.title, left.text) == (WRONG.title, "")
    workspace.archive.put_documents([WRONG])
    assert workspace.archive.documents() == [], "a search does not bring back what was removed"


def test_the_earlier_text_of_the_paper_is_read_again(workspace, wrong):
    workspace.removals.remove(wrong.id, author="a", reason="r")
    abstract = replace(WRONG, title="The study", text="Its abstract.", extent="abstract")
    (earlier,) = workspace.archive.put_documents([abstract])
    (newer,) = workspace.archive.put_documents([replace(WRONG, text="A wrong full text.")])

    done = remove(workspace, newer, author="anna", reason="wrong file")

    assert done.earlier.id == earlier.id
    assert "the paper's earlier text (abstract) is read again" in done.words
    assert [d.text for d in workspace.archive.documents()] == ["Its abstract."]


def test_adding_the_file_again_has_it_read_again_with_its_words(workspace):
    (stored,) = intake.add_documents(workspace, b"We find that S4 wins.", name="a.txt")
    remove(workspace, stored, author="anna", reason="wrong file")

    (again,) = intake.add_documents(workspace, b"We find that S4 wins.", name="a.txt")

    assert again.id == stored.id
    (read,) = workspace.archive.documents()
    assert (read.text, read.title) == ("We find that S4 wins.", "We find that S4 wins.")
    assert workspace.removals.removed() == []
    assert not any(examine(workspace.database).values())


def test_removing_takes_a_reason_a_name_and_the_role_of_an_operator(workspace, wrong):
    with pytest.raises(InputError, match="needs a name and a reason"):
        remove(workspace, wrong, author="anna", reason=" ")
    reviewer = Access(lambda: Person(name="ben", role=Role.REVIEWER))
    with pytest.raises(Refused, match="takes the role operator; ben is reviewer"):
        remove(replace(workspace, access=reviewer), wrong, author="ben", reason="wrong")
    assert len(workspace.archive.documents()) == 1
    remove(workspace, wrong, author="anna", reason="wrong file")
    with pytest.raises(InputError, match="was removed by anna already"):
        remove(workspace, wrong, author="ben", reason="wrong file")
    with pytest.raises(InputError, match="no document 99"):
        workspace.removals.remove(99, author="a", reason="r")


class Embedding:
    """Stands for the language model: a vector by a text's length."""

    def __init__(self):
        self.n_asked = 0

    def embed(self, texts):
        self.n_asked += len(texts)
        return np.array([[len(t), *np.ones(383)] for t in texts], np.float32)


def test_its_passages_leave_the_embeddings_on_disk_and_no_other_is_touched(workspace, wrong):
    texts = [text_of(wrong), *(p.text for p in passages(wrong))]
    model = Embedding()
    kept = Embedder(workspace.cache_folder, model)
    kept.embed([*texts, "Another paper's words."])
    raw = (kept.folder / "digests").read_bytes()

    remove(workspace, wrong, author="anna", reason="wrong file")

    now = (kept.folder / "digests").read_bytes()
    assert len(now) == len(raw) == 32 * (len(texts) + 1)
    assert now[: 32 * len(texts)] == bytes(32 * len(texts))
    assert now[-32:] == raw[-32:]
    rows = np.fromfile(kept.folder / "vectors", np.float16).reshape(-1, 384)
    assert not rows[:-1].any()
    fresh = Embedder(workspace.cache_folder, model)
    n_before = model.n_asked
    assert fresh.embed(["Another paper's words."])[0][0] == len("Another paper's words.")
    assert model.n_asked == n_before, "what stays is not computed again"
    assert fresh.embed(texts)[0][0] == len(texts[0])
    assert model.n_asked == n_before + len(texts)


def test_nothing_appended_later_quotes_it(workspace, wrong):
    remove(workspace, wrong, author="anna", reason="wrong file")
    with pytest.raises(RemovedMeanwhile, match=f"Document {wrong.id} was removed"):
        workspace.archive.append(quoting(wrong), kind=Kind.EMPIRICAL)
    assert workspace.archive.assessments("C03") == []


def told(capsys, *arguments, expect=0):
    assert main(arguments) == expect
    return capsys.readouterr()


def test_a_document_is_removed_by_command_with_a_reason_and_listed_as_such(
    workspace, wrong, capsys
):
    refused = told(capsys, "documents", "remove", "2605.12241", expect=2)
    assert "Say why it is removed: --reason TEXT" in refused.err
    unknown = told(capsys, "documents", "remove", "9", "--reason", "wrong", expect=2)
    assert "There is no document '9'" in unknown.err

    done = told(capsys, "documents", "remove", "2605.12241", "--reason", "wrong file")
    assert done.out == (
        "Minutes of a meeting is read no more; nothing quoted it, so its text is erased.\n"
    )
    assert told(capsys, "documents", "list").out == "No document is stored yet.\n"
    (listed,) = json.loads(told(capsys, "documents", "list", "--removed", "--json").out)
    assert (listed["id"], listed["removed"]["reason"]) == (wrong.id, "wrong file")
    assert listed["removed"]["author"] == "local"
    assert "wrong file, by local" in told(capsys, "documents", "list", "--removed").out
