"""What the demo's claims and its paper say."""

HOSTILE = "<script>alert(1)</script> **bold** $x^2$ :red[red] [link](javascript:alert(1))"
STATEMENTS = {
    "demo-best": (
        "CPC shows the strongest and most transferable representations across diverse clinical "
        "tasks."
    ),
    "demo-ssm": (
        "State space models are confirmed as the superior architecture choice across all "
        "pretraining paradigms compared to transformers."
    ),
    "demo-lags": (
        "data2vec consistently lags behind other methodologies across all evaluation modes and "
        "scaling regimes."
    ),
    "demo-loss": (
        "Lower pretraining loss correlates with small residual errors in downstream tasks."
    ),
    "demo-hz": "All models in the study operate at 240 Hz on 12-lead ECG inputs.",
    "demo-five": "The study covers five different pretraining methodologies.",
    "demo-stem": "The CNN stem consists of four convolutional layers with batch normalization.",
    "demo-width": (
        "The S4 backbone with model dimension 512 consistently outperforms larger dimensions."
    ),
    "demo-hostile": f"A claim whose wording is hostile: {HOSTILE}",
    "demo-new": "Recent ECG foundation models have been pre-trained on tens of millions of recor",
}
DESCRIPTIVE = {"demo-hz", "demo-five", "demo-stem"}
PAPER_TEXT = """Pretraining Strategies and Scaling for ECG Foundation Models

Abstract. We compare five self-supervised objectives under one protocol. All models operate at \
240 Hz on 12-lead inputs, with windows of 2.5 seconds. CPC gives the strongest representations \
over most clinical tasks, closely followed by JEPA; data2vec trails in the linear evaluation, \
though fine-tuning closes much of the gap.

1 Methods. The stem consists of four convolutional layers, each followed by a nonlinearity and \
layer normalization. We cover five pretraining methodologies: CPC, JEPA, data2vec, DinoSR and \
HuBERT. Three backbones are compared: S4, a transformer with rotary embeddings, and Net1D. \
<script>alert("from a paper")</script> is not a method.

2 Results. Across paradigms, state space models score higher than transformers of equal size \
(macro AUROC 0.92 against 0.90)."""
