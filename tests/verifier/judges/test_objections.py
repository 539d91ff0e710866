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
        ("Statins lowered mortality in the old.",
         "Neither in the young nor, at any dose, was it found that statins lowered mortality in "
         "the old.", FOR, "negated"),
        ("Amiodarone led to fewer shocks than ablation.",
         "Ablation led to fewer shocks in each of three years.", FOR, "speaks of the other"),
        ("Small patches need fewer labels than large patches.",
         "Large patches need fewer labels than small patches.", FOR, "other way round"),
        ("The old rules detect block better than the network.",
         "The old rules, long in use, were surpassed by the network.", FOR, "outdone"),
        ("CPC yielded better embeddings than JEPA.",
         "Of CPC and JEPA the latter yielded better embeddings.", FOR, "order"),
        ("CPC reached an AUROC of 0.91.",
         "JEPA and CPC reached an AUROC of 0.91 and 0.89.", FOR, "several numbers"),
        ("Mixup does not help the classifier.",
         "Augmentations do not help the classifier, the exception being mixup.", FOR, "exception"),
        ("Only the transformer stays accurate without leads.",
         "The transformer stays accurate without leads.", FOR, "leaves out all others"),
        ("It takes 1 s per ECG.", "It takes 1 s per beat of an ECG.", FOR, "per beat"),
        ("Monitoring cut the absolute risk by half.", "Monitoring cut the risk by half.", FOR,
         "absolute"),
        ("The drug lowers the burden of arrhythmia.",
         "There was a trend towards a lower burden of arrhythmia with the drug.", FOR, "trend"),
        ("The drug lowers the burden of arrhythmia.",
         "The drug lowers the burden of arrhythmia (ratio 0.84, 95 % CI 0.66-1.07).", FOR,
         "chance"),
        ("Yoga raises the variability of the heart.",
         "Yoga raises the variability of the heart (p = 0.31).", FOR, "chance"),
        ("The drug lowers admissions of all patients.",
         "The drug lowers admissions in diabetes (hazard ratio 0.71, 95 % CI 0.54 to 0.93).", FOR,
         "conditions"),
        ("CPC improves transfer across tasks.",
         "We show that CPC improves transfer across tasks in mice.", FOR, "conditions"),
        ("Context beyond one minute helps.", "Context up to one minute helps.", FOR, "bound"),
        ("The drug improves both survival and comfort.", "The drug improves comfort.", FOR,
         "of both"),
        ("Sleep is shorter in depression.",
         "Sleep is shorter in depression, with a Bayes factor of 0.8.", FOR, "chance"),
        ("Short sleep raises the pulse.", "We reported that short sleep raises the pulse.", FOR,
         "distance"),
        ("The data set contains records of children.",
         "The data set contains records of adults; in its next edition the data set contains "
         "records of children.", FOR, "distance"),
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
        ("Masking in frequency yields better embeddings than masking in time.",
         "Masking in frequency yields better embeddings than masking in time on all five tasks "
         "(0.93 against 0.91, p < 0.001).", FOR),
        ("Masking improves the AUROC on PTB-XL.",
         "On PTB-XL, masking improves the AUROC from 0.90 to 0.92.", FOR),
        ("Ablation led to more shocks than drugs.",
         "Ablation led to fewer shocks than drugs (12 % versus 27 %, p = 0.003).", AGAINST),
        ("Monitoring lowers mortality in heart failure.",
         "Monitoring has no effect on mortality in heart failure (p = 0.88).", AGAINST),
        ("Apixaban was non-inferior to warfarin for stroke.",
         "Apixaban was non-inferior to warfarin for stroke (ratio 0.92, 95 % CI 0.74-1.13).", FOR),
        ("Masking outperforms contrast on rhythms.",
         "On three data sets we find that masking outperforms contrast on rhythms.", FOR),
        ("A network with only 1 % of the labels reaches the same accuracy.",
         "A network with 1 % of the labels reaches the same accuracy.", FOR),
    ],
)  # fmt: skip
def test_a_passage_that_says_it_in_other_words_is_left_to_the_model(statement, passage, finding):
    assert objection(statement, passage, finding) == ""


def test_patients_are_humans_and_mice_are_not():
    claim = "A late meal of fat raises the risk of stroke in humans."
    people = "A late meal of fat raises the risk of stroke in patients."
    assert "where or in whom" not in objection(claim, people, FOR)
    assert "where or in whom" in objection(claim, people.replace("patients", "mice"), FOR)


def test_what_is_not_decided_needs_no_objection():
    assert objection("CPC beats JEPA.", "Does CPC beat JEPA?", OPEN) == ""
