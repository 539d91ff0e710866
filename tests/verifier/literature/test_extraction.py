import numpy as np
import pytest

from models.text import scifact
from verifier.document import Document
from verifier.literature.extraction import (
    KINDS,
    LEAST,
    MOST_ABSTRACT,
    candidates,
    is_statement,
    kind_of,
    scored,
    standing_alone,
)

ABSTRACT = (
    "Foundation models for ECG are rarely assessed. We aim to determine whether S4 helps. "
    "We trained models on 800K recordings. We find that S4 outperforms CNNs by 0.5 points. "
    "However, it does not improve the segmentation of single beats. Is more data better? "
    "Scaling data continues to improve the AUROC up to 11M samples."
)


def paper(text: str, **more) -> Document:
    return Document(
        **{"key": "arxiv:1", "title": "T", "text": text, "source": "file", "id": 1, **more}
    )


def found(text: str = ABSTRACT, **more):
    return candidates(paper(text, **more))


def test_every_candidate_is_found_again_at_its_place():
    for one in found():
        assert ABSTRACT[one.start : one.end] == one.quote


def test_findings_come_and_aims_questions_and_background_do_not():
    statements = {one.statement for one in found()}
    assert statements == {
        "S4 outperforms CNNs by 0.5 points.",
        "It does not improve the segmentation of single beats.",
        "Scaling data continues to improve the AUROC up to 11M samples.",
        "We trained models on 800K recordings.",
    }


def test_candidates_are_typed():
    kinds = {one.statement.split()[0]: one.kind for one in found()}
    assert kinds == {"S4": "comparison", "It": "finding", "Scaling": "trend", "We": "setting"}
    assert set(kinds.values()) <= set(KINDS)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("The stem consists of four convolutional layers.", "setting"),
        ("All models operate at 240 Hz on 12-lead inputs.", "setting"),
        ("The error decreases with size as a power law.", "trend"),
        ("The AUROC was 0.91 (95 % CI 0.90 to 0.92).", "number"),
        ("Fibre is associated with health.", "finding"),
        ("A small model challenges the assumption that quality requires massive scale.", "finding"),
        ("ECG-CPC dominated 5 of 7 task categories.", "comparison"),
        ("We report the accuracy of each model on every task.", "finding"),
    ],
)
def test_kinds(statement, kind):
    assert kind_of(statement) == kind


@pytest.mark.parametrize(
    ("sentence", "statement", "is_needy"),
    [
        ("RESULTS: Our results show that S4 wins.", "S4 wins.", False),
        ("In conclusion, S4 wins.", "S4 wins.", False),
        ("Our results suggest that S4 wins.", "Our results suggest that S4 wins.", True),
        ("This method wins.", "This method wins.", True),
        ("We compared S4 with CNNs.", "We compared S4 with CNNs.", True),
        ("S4 and CNNs reach 0.9 and 0.8, respectively.", None, True),
    ],
)
def test_a_statement_stands_alone_or_says_what_it_needs(sentence, statement, is_needy):
    said, needed = standing_alone(sentence, "T")
    assert said == (statement or sentence)
    assert bool(needed) is is_needy


STUDY = (
    "Foundation models are beginning to emerge in medicine, with 12 leads as their input. "
    "We present an assessment of pretraining methodologies, covering five different contrastive "
    "and non-contrastive self-supervised learning objectives, on up to 11M input samples. "
    "We show that S4 outperforms CNNs by 3 %. We find that S4 reduces the error of each task. "
    "Our results show that CPC outperforms JEPA. Results demonstrate that depth impairs speed. "
    "Results show that width enhances robustness. "
    "The code will be made available with results on 12 tasks."
)


def test_what_a_study_counts_comes_beside_its_findings_and_after_them():
    """Else findings, of which there are more than a list takes, would push it out."""
    read = found(STUDY)
    assert [one.kind == "setting" for one in read] == [False] * MOST_ABSTRACT + [True]
    assert "five different" in read[-1].quote
    assert "11M input samples" in read[-1].quote


def test_of_an_introduction_only_what_its_authors_did_is_a_setting():
    text = (
        "T\n\n1 Introduction\n\nThe models of Lee et al. were trained on 5M records. "
        "We train seven models on 9M records.\n\n2 Methods\n\nThe stem has four layers."
    )
    read = [one.quote for one in found(text, extent="full text")]
    assert read == ["We train seven models on 9M records.", "The stem has four layers."]


def test_two_claims_in_one_sentence_become_two_with_one_quote():
    text = (
        "S4 improves the score on all five tasks, whereas CNNs reduce the score on three of them."
    )
    both = found(text)
    assert {one.statement for one in both} == {
        "S4 improves the score on all five tasks.",
        "CNNs reduce the score on three of them.",
    }
    assert {one.quote for one in both} == {text}


def test_the_same_claim_twice_is_one_but_other_numbers_and_negations_are_not():
    same = "We show that S4 wins by 5 % on it. Nothing else. We find that S4 wins by 5 % on it."
    assert len(found(same)) == 1
    assert len(found(same.replace("S4 wins by 5 % on it.", "S4 wins by 7 % on it.", 1))) == 2
    assert len(found("We show that S4 does not improve it. We show that S4 does improve it.")) == 2


def test_a_full_text_is_read_part_by_part_without_its_references():
    text = (
        "Title\n\n1 Introduction\n\nS4 outperforms CNNs in a prior study.\n\n"
        "2 Results\n\nS4 outperforms CNNs on all of the tasks.\f"
        "\n\nReferences\n\nSomeone. S4 outperforms everything on earth. 2020."
    )
    read = found(text, extent="full text")
    assert [one.section for one in read][:1] == ["2 Results"]
    assert all(one.section != "References" for one in read)
    assert {one.page for one in read} == {1}


def test_neither_the_title_of_a_paper_nor_of_a_part_is_a_claim():
    text = (
        "S4 outperforms CNNs on\nall tasks\n\n2 Results\n\nIt is so.\n\n"
        "2.1 Depth improves accuracy of all models\n\nS4 improves the score of all tasks."
    )
    read = found(text, extent="full text", title="S4 outperforms CNNs on all tasks")
    assert [one.statement for one in read] == ["S4 improves the score of all tasks."]


def test_no_more_than_a_person_will_read():
    many = " ".join(f"We find that S4 outperforms method{i} by {i} %." for i in range(2, 30))
    assert len(found(many)) == MOST_ABSTRACT


@pytest.mark.parametrize(
    "text",
    ["", "Too short.", "?", "Is S4 better than CNNs?", "1 2 3 4 5", "with S4 p < 0.05 and 95 %."],
)
def test_what_claims_nothing_gives_nothing(text):
    assert found(text) == []


def test_on_scifact_it_beats_taking_the_last_sentences(shared):
    """Docs say 45 % F1 for the first three of 182 dev abstracts; the last three give 39 %."""
    data = shared / "data" / "scifact"
    corpus = scifact.corpus(data / "corpus.jsonl.xz")
    gold: dict[int, set[int]] = {}
    for claim in scifact.claims(data / "claims_dev.jsonl"):
        for abstract in claim.labels:
            gold.setdefault(abstract, set()).update(claim.gold(abstract))

    def f1(order) -> float:
        n_right = n_taken = n_gold = 0
        for abstract, marked in gold.items():
            taken = set(order(corpus[abstract].sentences)[:3])
            n_right += len(taken & marked)
            n_taken += len(taken)
            n_gold += len(marked)
        return 2 * n_right / (n_taken + n_gold)

    def ranked(sentences):
        n = len(sentences)
        scores = [
            scored(paper(""), s, i, n, "") if is_statement(s) else 0.0
            for i, s in enumerate(sentences)
        ]
        return list(np.argsort(-np.array(scores), kind="stable"))

    assert f1(ranked) > 0.44
    assert f1(lambda sentences: list(range(len(sentences)))[::-1]) < 0.40
    assert 0 < LEAST < 0.5
