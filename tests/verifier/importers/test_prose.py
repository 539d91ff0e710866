"""Syntheses as other tools write them: no claim is lost, and nothing else becomes one."""

import pytest

from verifier.claim import InputError
from verifier.importers import read

Found = list[tuple[str, bool | None, float | None]]


def found(text: str, name: str = "a.md") -> Found:
    return [(c.statement, c.verified, c.confidence) for c in read(text.encode(), name=name).claims]


def statements(text: str) -> list[str]:
    return [statement for statement, _, _ in found(text)]


def test_what_is_listed_below_a_claim_is_said_of_it() -> None:
    text = """## Main claims

1. **CPC leads** on PTB-XL [3].
   - Evidence: AUROC 0.94
   - **Verdict:** Supported
   - Confidence: 85%
2. S4 needs less memory.
- Verdict: Refuted
- Confidence: High
- Source: Jones
"""
    assert found(text) == [
        ("CPC leads on PTB-XL.", True, 0.85),
        ("S4 needs less memory.", False, None),
    ]


def test_each_claim_may_be_a_heading_and_what_stands_below_is_none() -> None:
    text = """# Report

## Claims

### Claim 1: CPC leads on PTB-XL.

- **Verdict:** Supported
- **Confidence:** 85%
- Three studies agree.

### S4 needs less memory than transformers

Status: not supported

### Architecture

- S4 is new.
"""
    assert found(text) == [
        ("CPC leads on PTB-XL.", True, 0.85),
        ("S4 needs less memory than transformers", False, None),
        ("S4 is new.", None, None),
    ]


def test_claims_behind_their_label_need_no_heading() -> None:
    text = """A synthesis
===========

Claim 1: CPC leads
on PTB-XL.
Verdict: Supported
Confidence: 0.85
Sources: [1]

**Claim 2:** S4 needs less memory.

As said in claim 2, S4 is small.
Claim 2: supported.

References
[1] https://arxiv.org/abs/2103.12676
"""
    assert found(text) == [
        ("CPC leads on PTB-XL.", True, 0.85),
        ("S4 needs less memory.", None, None),
    ]
    report = read(text.encode(), name="a.txt")
    assert (report.title, report.references[0].arxiv_id) == ("A synthesis", "2103.12676")


def test_findings_are_claims_where_nothing_is_called_a_claim_but_limitations_never_are() -> None:
    text = """Here is what I found:

**Key findings:**

- CPC leads.

**Limitations**

- Few trials.

## Next steps

1. Share code.
"""
    assert statements(text) == ["CPC leads."]
    assert statements(text + "\n## Claims\n\n- S4 is new.\n") == ["S4 is new."]


def test_findings_do_not_hide_a_table_of_claims_between_tabs() -> None:
    text = (
        "# T\n\n## Key findings\n\n- CPC leads.\n\n## Table\n\nClaim\tVerified\nS4 is new.\tyes\n"
    )
    assert found(text, "a.txt") == [("S4 is new.", True, None)]


@pytest.mark.parametrize(
    "heading",
    ["### Limitations", "### Supporting references", "**Caveats**", "### Einschränkungen"],
)
def test_a_list_of_something_else_among_claims_is_none(heading: str) -> None:
    text = f"## Claims and evidence\n\n- CPC leads.\n\n{heading}\n\n- Only arXiv was searched.\n"
    assert statements(text) == ["CPC leads."]


@pytest.mark.parametrize(
    "heading", ["## Limitations of these claims", "## How claims were extracted"]
)
def test_a_heading_that_only_mentions_claims_is_above_none(heading: str) -> None:
    with pytest.raises(InputError, match="No claim found"):
        read(f"# T\n\n{heading}\n\n- Only arXiv was searched.\n".encode(), name="a.md")


@pytest.mark.parametrize("bullet", ["•", "‣", "●", "–", "·", "*", "7)"])
def test_bullets_of_every_kind_part_claims(bullet: str) -> None:
    text = f"## Claims\n\n{bullet} CPC leads.\n{bullet} S4 is\n  new.\n"
    assert statements(text) == ["CPC leads.", "S4 is new."]


def test_a_dash_inside_a_sentence_begins_no_claim() -> None:
    assert statements("## Claims\n\n- CPC leads\n– or so they say.\n") == [
        "CPC leads – or so they say."
    ]


def test_an_item_that_names_what_the_items_below_are_about_is_a_topic() -> None:
    text = """## Claims

- **Scaling laws**
  - CPC scales best.
  - Loss falls with size.
    - on two data sets
- On architecture:
  - S4 is new.
- **CPC leads**
  - Verdict: supported
- Nets are small.
  - because of memory
"""
    assert statements(text) == [
        "CPC scales best.",
        "Loss falls with size.",
        "S4 is new.",
        "CPC leads",
        "Nets are small.",
    ]


def test_what_a_heading_says_of_all_its_claims_holds_for_each_and_ticks_are_not_read() -> None:
    text = """## Verified claims

- [x] CPC leads.
- [ ] S4 is new.

## Refuted claims (1)

- data2vec leads.

## Other claims

- [x] JEPA leads.
"""
    assert found(text) == [
        ("CPC leads.", True, None),
        ("S4 is new.", None, None),
        ("data2vec leads.", False, None),
        ("JEPA leads.", None, None),
    ]
    remarks = [claim.remarks for claim in read(text.encode(), name="a.md").claims]
    assert remarks[1] == ("not ticked in the report",)
    assert remarks[3] == ("ticked in the report, which is not taken for verified",)


def test_bold_sentences_are_the_claims_of_a_section_without_a_list() -> None:
    text = "## Claims\n\n**CPC leads on PTB-XL.** Three agree [1].\n\n**Note:** see below.\n"
    assert statements(text) == ["CPC leads on PTB-XL."]


def test_what_stands_in_brackets_behind_a_claim_is_said_of_it() -> None:
    text = (
        "Key claims:\n1) CPC leads (confidence: 0.85; supported)\n2) S4 is new [Confidence: low].\n"
    )
    assert found(text) == [("CPC leads", True, 0.85), ("S4 is new.", None, None)]


def test_a_text_that_begins_with_the_word_claims_is_no_table_of_one_column() -> None:
    text = "CLAIMS\n\n1. CPC leads\n   on PTB-XL. [VERIFIED]\n\n2. S4 is new. (refuted)\n"
    text += "\nREFERENCES\n\n1. A\n"
    assert found(text, "a.txt") == [
        ("CPC leads on PTB-XL.", True, None),
        ("S4 is new.", False, None),
    ]
    assert found("Claims\nCPC leads.\nS4 is new.\n", "a.txt") == [
        ("CPC leads.", None, None),
        ("S4 is new.", None, None),
    ]


def test_a_line_break_within_a_cell_is_a_space() -> None:
    assert statements("| Claim |\n|---|\n| CPC<br>leads. |\n") == ["CPC leads."]


def test_what_cannot_be_read_of_prose_is_a_remark_and_no_error() -> None:
    text = "## Claims\n\n- CPC leads.\n  - Confidence: rather sure\n"
    (claim,) = read(text.encode(), name="a.md").claims
    assert claim.remarks == ("not kept: confidence is 'rather sure'",)


def test_a_claim_that_begins_with_supported_or_verified_is_no_verdict() -> None:
    text = "## Claims\n\n- Supported: CPC leads on PTB-XL.\n- Verified: S4 is new.\n"
    assert statements(text) == ["Supported: CPC leads on PTB-XL.", "Verified: S4 is new."]


def test_german_syntheses_are_read_like_others() -> None:
    text = """# Übersicht

## Kernaussagen

1. CPC ist überlegen.

## Einschränkungen

- Nur arXiv.

## Literatur

1. Meier. arXiv:2103.12676
"""
    report = read(text.encode(), name="a.md")
    assert [claim.statement for claim in report.claims] == ["CPC ist überlegen."]
    assert report.references[0].arxiv_id == "2103.12676"


def test_formulae_stay_as_they_are() -> None:
    text = "## Claims\n\n- The loss falls as $N^{-\\alpha}$ with $\\alpha=0.05$ \\cite{k20}.\n"
    assert statements(text) == ["The loss falls as $N^{-\\alpha}$ with $\\alpha=0.05$."]


def test_a_numbered_label_begins_a_claim_and_the_list_below_it_says_why() -> None:
    text = """## Claims

Claim 1: S4 is new.
- It was published in 2022.

Claim 2: CPC leads everywhere.
- Table 3 shows it.
"""
    assert statements(text) == ["S4 is new.", "CPC leads everywhere."]


def test_a_labelled_claim_after_a_list_is_kept_and_the_verdict_above_it_is_no_claim() -> None:
    text = """## Claims

- S4 is new.
- CPC leads.

### 🤔 Unclear

**Claim 3:** MERL reaches 0.75.
Verdict: inconclusive
"""
    assert statements(text) == ["S4 is new.", "CPC leads.", "MERL reaches 0.75."]


def test_a_confidence_is_read_before_marks_that_cite_and_behind_its_grade() -> None:
    text = """## Claims

1. CPC leads across tasks — *High confidence (0.91)* [1]
2. CPC needs few labels. Confidence: 0.8 [2, 3]
3. CPC scales in three regimes [4]
"""
    assert found(text) == [
        ("CPC leads across tasks", None, 0.91),
        ("CPC needs few labels.", None, 0.8),
        ("CPC scales in three regimes", None, None),
    ]
