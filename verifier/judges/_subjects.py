"""Whether a sentence names whom it speaks of, so that no other paper has one of the kind. Pure."""

from collections.abc import Collection, Sequence

from verifier.judges._cautions import FIELD

# Scores that are shares: 0.93 is 93 %.
SHARES = frozenset(
    "auroc auc auprc accuracy sensitivity specificity recall precision f1 ppv npv dice".split()
)
METRICS = SHARES | frozenset(
    "kappa error errors correlation coefficient mae mse rmse loss perplexity bleu map value values "
    "index rate".split()
)
# Names that many things share.
COMMON_NAMES = FIELD | SHARES | frozenset(
    "af mi gpu cpu icu us uk eu ai ml dl cnn rnn lstm gru mlp ssl llm fm ssm qrs qt st ppg eeg emg "
    "ehr aiecg ecgai icd mri ct bp hr bmi rct covid19 snr mae mse rmse hba1c ldl ii iii iv lbbb "
    "rbbb transformer resnet vit".split()
)  # fmt: skip
LONGEST = 3  # words of a name: "MIMIC-IV-ECG"
# What a name may be followed by and stay one thing's; in the plural it is several.
CALLED = frozenset(
    "model method network encoder trial study registry cohort approach algorithm".split()
)
SEVERAL = frozenset(
    "models methods networks encoders backbones features embeddings representations variants "
    "patients carriers users records".split()
)


def is_named(words: Sequence[str], names: Collection[str], *, holds_verb: bool) -> bool:
    """Whether a subject is called by one of a sentence's names; `holds_verb`: the verb follows it.

    >>> is_named(["auroc", "of", "cpc"], {"cpc"}, holds_verb=False)
    True
    >>> is_named(["network", "exceeds", "cpc"], {"cpc"}, holds_verb=True)
    False
    >>> is_named(["cpc", "models"], {"cpc"}, holds_verb=False)
    False
    """
    of = words.index("of") if "of" in words else 0
    if of and words[of - 1] in METRICS:
        words = words[of + 1 :]
    own = [name for name in names if name not in COMMON_NAMES]
    n = next((n for n in range(LONGEST, 0, -1) if "".join(words[:n]) in own), 0)
    rest = words[n:]
    if rest and rest[0] in CALLED:
        rest = rest[1:]
    return n > 0 and (not rest or (holds_verb and rest[0] not in SEVERAL))
