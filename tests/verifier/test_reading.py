from dataclasses import replace
from types import SimpleNamespace

import pytest

from verifier.claim import Claim
from verifier.concluding import nothing_to_read
from verifier.document import Document
from verifier.gathering import Library
from verifier.judges import Judgement
from verifier.reading import Reader, best_judge
from verifier.sources import SOURCES
from verifier.verdict import Certainty, Concern, Finding, Kind, Status, verdict
from verifier.web import Door, Unreachable

STUDY = Document(
    key="arxiv:2605.12241",
    title="The study",
    text="We trained models. The study covers five pretraining objectives. They differ.",
    source="file",
)
OTHER = Document(
    key="arxiv:1111.11111",
    title="Another paper",
    text="The study covers five pretraining objectives.",
    source="file",
)
CLAIM = Claim(
    id="C01",
    statement="The study covers five pretraining objectives.",
    kind=Kind.DESCRIPTIVE,
    origin="bundled",
    study="2605.12241",
)


@pytest.fixture
def library(workspace):
    return Library(workspace.archive, Door())


def assessed(library, claim=CLAIM, *documents: Document):
    library.archive.put_documents(documents)
    return Reader.of(library).assess(claim)


def status_of(found, claim=CLAIM) -> Status:
    return verdict(claim.kind, found, None).status


def test_the_studys_own_sentence_verifies_a_descriptive_claim(library):
    found = assessed(library, CLAIM, STUDY)
    assert found.finding is Finding.SUPPORTED
    assert status_of(found) is Status.VERIFIED
    (quote,) = found.evidence
    assert STUDY.text[quote.start : quote.end] == quote.quote
    assert quote.is_primary
    assert "The study" in found.reason


def test_another_paper_with_the_same_words_is_not_the_study(library):
    found = assessed(library, CLAIM, OTHER)
    assert found.finding is Finding.INCONCLUSIVE
    assert status_of(found) is Status.INCONCLUSIVE
    assert found.evidence, "the passage is shown all the same"
    assert found.evidence[0].stance is None


def test_a_paper_that_was_withdrawn_decides_nothing_and_is_named(library):
    library.archive.put_documents([STUDY])
    before = Reader.of(library).assess(CLAIM)
    library.archive.put_retraction_check(STUDY.key, "crossref", "Crossref: retracted")
    found = Reader.of(library).assess(CLAIM)
    assert (before.finding, found.finding) == (Finding.SUPPORTED, Finding.INCONCLUSIVE)
    assert found.basis != before.basis
    assert any("was withdrawn" in reason.text for reason in found.reasons)


def test_a_different_number_in_the_study_refutes(library):
    claim = replace(CLAIM, statement="The study covers six pretraining objectives.")
    found = assessed(library, claim, STUDY)
    assert found.finding is not Finding.SUPPORTED


def test_only_an_abstract_lowers_the_certainty(library):
    found = assessed(library, CLAIM, STUDY)
    assert Concern.INDIRECTNESS in {reason.concern for reason in found.reasons}
    assert found.certainty is Certainty.LOW, "an abstract, and of one document"


def test_where_nothing_is_decided_there_is_no_certainty_and_what_limits_it_is_still_told(library):
    found = assessed(library, CLAIM, OTHER)
    assert (found.finding, found.certainty) == (Finding.INCONCLUSIVE, None)
    assert Concern.INDIRECTNESS in {reason.concern for reason in found.reasons}


def test_nothing_to_read_is_not_testable_with_what_to_do(library):
    library.gather([CLAIM])
    found = Reader.of(library).assess(CLAIM)
    assert found.finding is Finding.NOT_TESTABLE
    assert found.confidence is None
    assert "documents add" in found.reason


def test_sources_that_are_out_of_reach_for_one_reason_are_named_in_one_sentence():
    said = nothing_to_read(
        {
            "arxiv": str(Unreachable("arxiv.example", "the name cannot be looked up")),
            "crossref": str(Unreachable("crossref.example", "the name cannot be looked up")),
            "other": "other.example: it answered with a riddle",
        }
    )
    assert said.reason.startswith(
        "No document could be had: arxiv.example, crossref.example could not be reached: the name "
        "cannot be looked up; other.example: it answered with a riddle. Add some"
    )


def test_a_source_out_of_reach_is_named_as_people_know_it(library):
    library.archive.put_documents([STUDY])
    library.troubles["europe_pmc"] = "no network"
    assert "; Europe PMC not reached" in Reader.of(library).assess(CLAIM).scope


def test_documents_that_say_nothing_of_it_are_inconclusive(library):
    zebra = Document(key="file:z", title="Zebras", text="Zebras live in herds.", source="file")
    found = assessed(library, CLAIM, zebra)
    assert (found.finding, found.evidence) == (Finding.INCONCLUSIVE, ())


def test_the_same_documents_give_the_same_basis_and_new_ones_another(library):
    first = assessed(library, CLAIM, STUDY).basis
    assert Reader.of(library).assess(CLAIM).basis == first
    assert assessed(library, CLAIM, OTHER).basis != first


class Source:
    """Stands for a module in sources/, counting what it is asked."""

    def __init__(self, documents=(), error=None, lacks=()):
        self.documents, self.error, self.asked = list(documents), error, []
        self.lacks = lacks

    def needs(self, environ):
        return self.lacks

    def _answer(self, question):
        self.asked.append(question)
        if self.error:
            raise self.error
        return self.documents

    def fetch(self, ids, *, door):
        return self._answer(tuple(ids))

    def search(self, query, *, limit, door):
        return self._answer(query)


@pytest.fixture
def source(monkeypatch):
    def put(fake: Source, **others: Source) -> Source:
        known = {"arxiv": fake, **others}
        monkeypatch.setattr(SOURCES, "load", lambda name: known.get(name) or Source())
        return fake

    return put


def test_the_study_a_claim_names_is_fetched_once(library, source):
    arxiv = source(Source([STUDY]))
    library.gather([CLAIM])
    assert arxiv.asked[0] == ("2605.12241",)
    before = len(arxiv.asked)
    library.gather([CLAIM])
    assert len(arxiv.asked) == before, "neither the id nor the questions are asked again"


def test_every_source_that_is_ready_is_asked_and_one_work_is_kept_once(library, source):
    doi = replace(STUDY, key="doi:10.1/x", title="The study of five objectives in ECG models")
    same = replace(doi, key="arxiv:2605.12241", source="arxiv")
    crossref, locked = Source([doi, OTHER]), Source([OTHER], lacks=("A_KEY",))
    source(Source([same]), crossref=crossref, openalex=locked)
    library.gather([CLAIM])
    assert crossref.asked
    assert locked.asked == []
    held = {d.key: d.other_keys for d in library.archive.documents()}
    assert held == {"arxiv:2605.12241": ("doi:10.1/x",), OTHER.key: ()}


def test_references_of_a_report_are_fetched_too(library, source):
    arxiv = source(Source([STUDY]))
    library.gather([CLAIM], ["2510.21551"])
    assert arxiv.asked[0] == ("2510.21551", "2605.12241")


def test_a_source_that_cannot_be_reached_is_asked_once_and_named(library, source):
    arxiv = source(Source(error=Unreachable("export.arxiv.org", "no network")))
    library.gather([CLAIM] * 5)
    assert len(arxiv.asked) == 1
    assert "export.arxiv.org" in library.troubles["arxiv"]


def test_an_unreachable_source_is_asked_again_next_time(library, source):
    source(Source(error=Unreachable("export.arxiv.org", "no network")))
    library.gather([CLAIM])
    arxiv = source(Source([STUDY]))
    Library(library.archive, Door()).gather([CLAIM])
    assert arxiv.asked


def test_an_abstract_never_takes_the_place_of_a_full_text(library, source):
    library.archive.put_documents([replace(STUDY, text="All of it.", extent="full text")])
    source(Source([STUDY]))
    library.gather([CLAIM])
    assert [d.extent for d in library.archive.documents()] == ["full text"]


def judge_of(stances):
    def judge(statement, passage):
        finding = stances.get(passage, Finding.INCONCLUSIVE)
        return Judgement(finding=finding, probability=0.9, reason="")

    return SimpleNamespace(judge=judge, VERSION="t")


def test_documents_that_disagree_decide_nothing(library):
    empirical = replace(CLAIM, kind=Kind.EMPIRICAL)
    against = replace(OTHER, text="The study covers not five pretraining objectives at all.")
    library.archive.put_documents([STUDY, against])
    reader = replace(
        Reader.of(library),
        judge=judge_of(
            {
                "The study covers five pretraining objectives.": Finding.SUPPORTED,
                against.text: Finding.CONTRADICTED,
            }
        ),
    )
    found = reader.assess(empirical)
    assert (found.finding, found.confidence) == (Finding.INCONCLUSIVE, None)
    assert "disagree" in found.reason


def test_one_secondary_document_only_supports_a_descriptive_claim_without_a_study(library):
    claim = replace(CLAIM, study=None)
    library.archive.put_documents([OTHER])
    reader = replace(Reader.of(library), judge=judge_of({OTHER.text: Finding.SUPPORTED}))
    assert status_of(reader.assess(claim), claim) is Status.SUPPORTED
    library.archive.put_documents([replace(OTHER, key="arxiv:2222.22222")])
    reader = replace(Reader.of(library), judge=judge_of({OTHER.text: Finding.SUPPORTED}))
    assert status_of(reader.assess(claim), claim) is Status.VERIFIED


class FakeJudge:
    """A judge that always says the same."""

    LABEL, VERSION = "fake", "1"

    def __init__(self, finding: Finding, trouble: str = "") -> None:
        self.finding, self.trouble = finding, trouble

    def judge(self, statement: str, passage: str) -> Judgement:
        return Judgement(finding=self.finding, reason="so it is", trouble=self.trouble)


def test_where_a_model_and_the_rules_disagree_nothing_is_decided(library):
    library.archive.put_documents([STUDY])
    reader = Reader.of(library)
    findings = [
        replace(reader, judge=FakeJudge(finding), judge_name="fake").assess(CLAIM).finding
        for finding in (Finding.SUPPORTED, Finding.CONTRADICTED)
    ]
    assert findings == [Finding.SUPPORTED, Finding.INCONCLUSIVE]


def test_where_the_judge_cannot_be_asked_the_rules_are_and_it_is_said(library):
    library.archive.put_documents([STUDY])
    reader = replace(Reader.of(library), judge_name="fake")
    down = FakeJudge(Finding.INCONCLUSIVE, trouble="the server is down")
    without = replace(reader, judge=down).assess(CLAIM)
    assert without.finding is Finding.SUPPORTED
    assert without.scope.endswith(
        "the judge fake 1; by the rules instead for 1 of 1 passage, as it could not be asked: "
        "the server is down"
    )
    asked = replace(reader, judge=FakeJudge(Finding.SUPPORTED)).assess(CLAIM)
    assert "by the rules instead" not in asked.scope
    assert asked.basis != without.basis, "else it would not be judged anew once it can be asked"


def test_the_nearest_passage_of_another_paper_is_not_taken_for_the_studys(library):
    claim = replace(CLAIM, kind=Kind.EMPIRICAL, statement="data2vec lags behind CPC on all tasks.")
    speech = replace(OTHER, text="On speech data2vec outperforms CPC in one of the tasks.")
    found = assessed(library, claim, speech)
    assert found.finding is Finding.INCONCLUSIVE
    assert "Another paper (not the study the claim is about): “On speech" in found.reason
    same = assessed(library, replace(claim, study="1111.11111"), speech)
    assert "not the study" not in same.reason


def test_what_a_model_decides_on_a_sentence_with_a_condition_of_its_own_is_held_back(library):
    claim = replace(CLAIM, kind=Kind.EMPIRICAL, study=None, statement="CPC beats JEPA on ECGs.")
    library.archive.put_documents([replace(OTHER, text="In mice, CPC beats JEPA on ECGs.")])
    reader = Reader.of(library)
    found = replace(reader, judge=FakeJudge(Finding.SUPPORTED), judge_name="fake").assess(claim)
    assert found.finding is Finding.INCONCLUSIVE
    assert found.confidence is None
    assert [passage.stance for passage in found.evidence] == [None]
    assert "read as supported" in found.reason
    assert "conditions of its own" in found.reason


def test_the_best_configured_judge_is_asked_and_named(library, monkeypatch):
    assert best_judge()[0] == "rules"
    monkeypatch.setenv("VERIFIER_LLM_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VERIFIER_LLM_MODEL", "tiny-1")
    assert best_judge()[0] == "llm"
    found = assessed(library, CLAIM, STUDY)
    assert "polarity by the judge llm tiny-1, prompt 1" in found.scope
    assert "by the rules instead for 1 of 1 passage" in found.scope, "nobody answers there"


PAPER = Document(
    key="file:p",
    title="Leads that fall off",
    text=(
        "Leads that fall off\n\n1 Introduction\n\nThe corpus of Lund has eleven million records. "
        "Lead dropout improves robustness to missing leads.\n\n2 Results\n\n"
        "Lead dropout does not improve robustness to missing leads. The encoders have nine layers."
    ),
    source="file",
    extent="full text",
)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("The corpus of Lund has eleven million records.", Finding.INCONCLUSIVE),
        ("Lead dropout improves robustness to missing leads.", Finding.CONTRADICTED),
        ("The encoders have nine layers.", Finding.SUPPORTED),
    ],
)
def test_a_papers_introduction_settles_nothing_and_its_results_do(library, statement, finding):
    claim = replace(CLAIM, kind=Kind.EMPIRICAL, statement=statement, study=None)
    found = assessed(library, claim, PAPER)
    assert found.finding is finding
    if finding is Finding.INCONCLUSIVE:
        assert "“1 Introduction”, which tells what others found" in found.reason
