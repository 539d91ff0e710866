import pytest

from verifier.judges._objections import objection
from verifier.verdict import Finding

FOR, AGAINST, OPEN = Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE


@pytest.mark.parametrize(
    ("statement", "passage", "finding", "why"),
    [
        ("CPC improves transfer across ECG tasks.",
         "In mice, CPC improves transfer across ECG tasks.", FOR, "conditions of its own"),
        ("Net1D is slower than S4.", "Net1D is slower than S4 per epoch.", FOR, "conditions"),
        ("We used 4 encoders and 6 datasets.", "We used 6 encoders and 4 datasets.", FOR, "order"),
        ("All models are trained on most datasets.",
         "Most models are trained on all datasets.", FOR, "order"),
        ("From CNNs to transformers, accuracy rises.",
         "From transformers to CNNs, accuracy rises.", FOR, "order"),
        ("CPC4 improves the features of S4 in children.",
         "CPC4 improves the features of S4.", FOR, "where or in whom"),
        ("On two tasks the JEPA predictor exceeds an autoencoder.",
         "On two tasks an autoencoder exceeds our predictor.", FOR, "other way round"),
        ("The corpus has 11 million records.",
         "The corpus has up to 11 million records.", FOR, "bound"),
        ("The windows last 10 s.", "The windows last 10 ms.", FOR, "unit"),
        ("CPC improves the AUROC by 5%.",
         "CPC improves the AUROC by 5 percentage points.", FOR, "unit"),
        ("CPC yields the most robust features.",
         "CPC yields one of the most robust features.", FOR, "one of several"),
        ("CPC beats JEPA.", "A common myth is that CPC beats JEPA.", FOR, "distance"),
        ("CPC beats JEPA.", "CPC may beat JEPA.", FOR, "not sure"),
        ("CPC beats JEPA.", "Does CPC beat JEPA?", FOR, "question"),
        ("The tokenizer brings the gain.",
         "Either the tokenizer or the longer context brings the gain.", FOR, "which of two"),
        ("CPC beats JEPA.", "JEPA beats CPC.", FOR, "otherwise"),
        ("S4 has 5 layers.", "S4, in the form that we train, has many layers.", FOR, "number"),
        ("Mamba has five layers.", "We drop five of its layers from Mamba.", AGAINST, "conditions"),
        ("S4 improves ECG features.",
         "S4 does not significantly improve ECG features.", AGAINST, "denies more"),
        ("Pretraining saves 90% of the labels.",
         "Pretraining saves up to 90% of the labels.", FOR, "bound"),
        ("The PPG encoder transfers to sleep staging.",
         "The ECG encoder transfers to sleep staging.", FOR, "does not speak of ppg"),
        ("The gap between CPC and JEPA is significant.",
         "The gap between CPC and JEPA has an interval of -0.01 to 0.02.", AGAINST, "significant"),
        ("Tuning worsened the calibration of the model.",
         "Tuning raised the calibration error of the model.", AGAINST, "fewer is better"),
    ],
)  # fmt: skip
def test_a_small_difference_that_matters_is_seen(statement, passage, finding, why):
    assert why in objection(statement, passage, finding)


@pytest.mark.parametrize(
    ("statement", "passage", "finding"),
    [
        ("CPC beats JEPA.", "CPC beats JEPA.", FOR),
        ("CPC beats JEPA.", "JEPA beats CPC.", AGAINST),
        ("Pretraining raises what a linear probe reaches.",
         "After 11 million samples of pretraining, frozen features separated the classes better "
         "than those of a random encoder, on each of the six data sets that we tried.", FOR),
        ("Pretraining saves about 90% of the labels.",
         "Pretraining saves 90% of the labels.", FOR),
        ("CPC4 transfers to sleep staging.", "Our method transfers to sleep staging.", FOR),
        ("Fewer labels suffice.", "With a tenth of the labels the model lost nothing.", FOR),
    ],
)  # fmt: skip
def test_a_passage_that_says_it_in_other_words_is_left_to_the_model(statement, passage, finding):
    assert objection(statement, passage, finding) == ""


def test_what_is_not_decided_needs_no_objection():
    assert objection("CPC beats JEPA.", "Does CPC beat JEPA?", OPEN) == ""
