"""The words of a claim, where a document does not stand behind them."""

import pytest

from verifier.document import Document, Passage
from verifier.literature.surroundings import seen_around

SAID = "Lead dropout improves robustness to missing leads."


def around(text: str, *, extent: str = "abstract", said: str = SAID, statement: str = SAID) -> str:
    start = text.index(said)
    passage = Passage(document_id=1, start=start, end=start + len(said), text=said)
    paper = Document(key="k", title="A paper", text=text, source="s", extent=extent)
    return seen_around(statement, paper, passage)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{SAID} This could not be reproduced.", "takes it back"),
        (f"{SAID} After correction the effect was no longer significant.", "takes it back"),
        (f"{SAID} This was our hypothesis. Three cohorts were read.", "takes it back"),
        (f"{SAID} So textbooks say.", "takes it back"),
        (f"{SAID} This conclusion of earlier trials rests on one hospital.", "takes it back"),
        (f"{SAID} The opposite was true in the clinic.", "takes it back"),
        (f"{SAID} It did not in the clinic.", "takes it back"),
        (f"{SAID} That sentence stood in guidelines for years.", "takes it back"),
        (f"{SAID} Such was the headline of a preprint.", "takes it back"),
        (f"{SAID} Dropping one centre removes the effect.", "takes it back"),
        (f"{SAID} This gain was seen in children alone.", "takes it back"),
        (f"{SAID} However, in the clinic no such gain was seen.", "takes it back"),
        (f"{SAID} Leads fall off. Windows last ten seconds.", "opens the abstract"),
        (f"{SAID} Is that so?", "asks whether it is so"),
        (f"A belief that is wrong in three ways is the following: {SAID}".replace(": ", ":\n\n"),
         "does not vouch"),
        (f"The authors retract this article. {SAID}", "taken back"),
        (f"{SAID} Windows last ten seconds. Lead dropout did not improve robustness.", "denies"),
        (f"{SAID} We trained five encoders. All learned alike.", "opens the abstract"),
        (f"BACKGROUND: {SAID} RESULTS: Nothing differed.", "background"),
        (f"BACKGROUND {SAID} RESULTS Nothing differed.", "background"),
        (f"Objective: {SAID} Results: Nothing differed.", "background or as an aim"),
        (f"We read the brochures of nine vendors. {SAID} None shares data.", "what others say"),
        (f"We dropped leads. {SAID} We count by patient. Robustness to missing leads was the same "
         "in either arm.", "finds no difference"),
        (f"We dropped leads at random. {SAID} Leads had been put on by nurses. Put on by wearers, "
         "leads fall off in either group.", "before anything that the study found"),
    ],
)  # fmt: skip
def test_what_a_document_does_not_vouch_for_is_seen(text, why):
    assert why in around(text)


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        f"Leads fall off. {SAID} It does not cost accuracy when every lead is there.",
        f"Leads fall off. {SAID} This was reproduced in two cohorts.",
        f"Leads fall off. {SAID} This gain was not due to chance.",
        f"Leads fall off. {SAID} These numbers hold in every cohort.",
        f"Leads fall off. {SAID} However, it does not change rhythm detection.",
        f"We trained five encoders. {SAID} They differ in size.",
        f"Leads fall off. We trained five encoders. {SAID}",
        f"BACKGROUND: Leads fall off. RESULTS: {SAID}",
        f"BACKGROUND Leads fall off. METHODS AND FINDINGS Five encoders learned. {SAID}",
        f"Leads fall off. {SAID} We release code and weights.",
        f"Leads fall off. {SAID} The number of seeds did not matter.",
        f"We confirm a finding: {SAID}",
        f"Critics say that leads do not matter. We dropped leads. {SAID}",
        f"We dropped leads. {SAID} The gain levels off with ten leads. Windows were long.",
        f"We dropped leads. We found 9 % fewer errors. {SAID} Windows were long. Code is free.",
    ],
)
def test_what_a_document_vouches_for_stays(text):
    assert around(text) == ""


def test_the_first_sentence_of_an_abstract_counts_if_it_measures():
    said = "Lead dropout brought 0.7 points."
    text = f"{said} Leads fall off. Windows last ten seconds."
    assert around(text, said=said, statement=said) == ""


def test_a_later_sentence_that_says_otherwise_is_seen():
    said = "Lead dropout outperforms lead mixing on PTB-XL."
    text = f"Leads fall off. {said} Windows vary. Lead mixing outperforms lead dropout on PTB-XL."
    assert "says otherwise" in around(text, said=said, statement=said)


def test_a_result_before_adjustment_is_not_taken_back_by_the_one_after_it():
    said = "Before adjustment, quitting helped."
    text = f"{said} After adjustment, this effect disappeared."
    assert around(text, said=said, statement=said) == ""
    assert "takes it back" in around(text, said=said, statement="Quitting helped.")


def test_a_later_sentence_that_puts_the_other_ahead_is_seen():
    said = "Graph networks outperform transformers on leads."
    text = f"We tuned nets. {said} Rates were copied. Tuned alike, transformers came out ahead."
    assert "puts the other of the two ahead" in around(text, said=said, statement=said)


def test_the_same_thing_with_another_number_takes_a_number_back():
    said = "The model finds the right report in 91 % of cases."
    text = f"We train. {said} Many are alike. Counted by ECG, the share is 23 %."
    assert "takes it back" in around(text, said=said, statement=said)


def test_another_amount_of_what_the_claim_is_bound_to_takes_nothing_back():
    said = "With 1 % of the labels, pretraining improves accuracy."
    text = f"Labels are dear. We train encoders. {said} With all labels the difference disappears."
    assert around(text, said=said, statement=said) == ""
    assert "takes it back" in around(text, said=said, statement="Pretraining improves accuracy.")


@pytest.mark.parametrize(
    ("heading", "said", "why"),
    [
        ("1 Introduction", SAID, "tells what others found"),
        ("2 Related work", SAID, "tells what others found"),
        ("6 Limitations and future work", SAID, "planned or supposed"),
        ("References", SAID, "references"),
        ("4 Results", "Lead dropout improves robustness to missing leads [12].", "another study"),
        ("5 Discussion",
         "Lead dropout improves robustness to missing leads (Lee et al., 2021).", "another study"),
        ("1 Introduction", f"We show that {SAID}", ""),
        ("4 Results", SAID, ""),
        ("3.1 Objectives", SAID, ""),
        ("4 Results",
         "Lead dropout improves robustness to missing leads (recorded since 2019).", ""),
    ],
)  # fmt: skip
def test_in_a_paper_it_matters_in_which_part_a_sentence_stands(heading, said, why):
    text = (
        f"A paper on leads\n\n{heading}\n\nLeads fall off in every ward. {said} "
        "Windows last ten seconds.\n\n7 Conclusion\n\nLeads will go on falling off."
    )
    assert (
        (why in around(text, extent="full text", said=said))
        if why
        else (around(text, extent="full text", said=said) == "")
    )


def test_what_cites_another_study_beside_the_authors_own_is_theirs():
    said = "Unlike others [3], we see that lead dropout helps [12]."
    assert around(f"Leads fall off. {said}", said=said) == ""


def undone(later: str) -> str:
    said = SAID.replace("improves", "improved")
    return around(f"Leads fall off. We dropped leads. {said} {later}", said=said, statement=said)


@pytest.mark.parametrize(
    ("later", "how"),
    [
        (
            "Given the same search over rates, mixing of leads catches up.",
            "under another condition",
        ),
        ("Weighted by centre, 12 networks of 40 profit.", "under another condition"),
        ("The test leads had been drawn from the training set.", "what lay behind it"),
        ("Networks trained on noise profit as much.", "alike, or nothing"),
        ("We trace it to the longer warm-up.", "gives it a cause"),
        ("A second hospital saw this lead vanish.", "comes back to it"),
        ("Missing leads were chosen by the network itself.", "how it was done"),
    ],
)
def test_a_later_sentence_that_may_undo_it_in_words_of_its_own_is_seen(later, how):
    assert how in undone(later)


def test_a_later_sentence_with_another_number_of_the_kind_is_seen():
    said = "Lead dropout brought robustness from 71 % to 80 %."
    text = f"We dropped leads. {said} A fresh test puts robustness at 72 %."
    assert "another number" in around(text, said=said, statement=said)


@pytest.mark.parametrize(
    "later",
    [
        "Training took nine hours.",
        "The gain was largest with two leads.",
        "In four more cohorts the result held.",
        "Robustness cost no accuracy.",
        "In children, robustness rose with two leads. Thus, lead dropout helps.",
        "In addition, robustness grew with the number of records.",
        "To this end, we trained networks on records that had been kept for tests.",
    ],
)
def test_a_later_sentence_that_goes_on_or_speaks_of_something_else_takes_nothing(later):
    assert undone(later) == ""


def test_a_conclusion_makes_nothing_of_a_mere_place_but_of_no_equal_outcome():
    concluded = "Thus, lead dropout improves robustness."
    assert "another condition" in undone("In children, robustness rose by a third.")
    assert undone(f"In children, robustness rose by a third. {concluded}") == ""
    assert "alike" in undone(f"Robustness was the same with noise. {concluded}")


def test_in_a_full_text_only_the_next_sentences_may_undo_it():
    far = "Windows were long. Leads were wet. Robustness had been measured by hand."
    part = "1 Introduction\n\nLeads fall off.\n\n2 Results\n\n"
    assert around(f"{part}{SAID} {far}", extent="full text") == ""
    near = "Robustness had been measured by hand."
    assert "behind" in around(f"{part}{SAID} {near}", extent="full text")
