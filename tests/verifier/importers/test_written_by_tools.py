"""Syntheses with what chats, word processors and sheets put around their claims."""

import json

import pytest

from verifier.claim import InputError
from verifier.importers import read

Found = list[tuple[str, bool | None, float | None]]


def found(text: str, name: str = "a.md") -> Found:
    return [(c.statement, c.verified, c.confidence) for c in read(text.encode(), name=name).claims]


def statements(text: str, name: str = "a.md") -> list[str]:
    return [statement for statement, _, _ in found(text, name)]


def test_a_mark_before_a_claim_and_a_grade_behind_it_are_said_of_it() -> None:
    text = """# Synthesis

## Key findings

1. **CPC beats data2vec on PTB-XL.** It has 0.93 ([M, 2022](https://a.org/x)). ✅ *High confidence*
2. ❌ Transformers beat S4 everywhere.
3. JEPA is close to CPC. **Confidence:** 85%
4. JEPA is slow — Verdict: supported — Confidence: 0.7
5. ⚠️ Net1D is small (low confidence).
"""
    assert found(text) == [
        ("CPC beats data2vec on PTB-XL.", True, None),
        ("Transformers beat S4 everywhere.", False, None),
        ("JEPA is close to CPC.", None, 0.85),
        ("JEPA is slow", True, 0.7),
        ("Net1D is small.", None, None),
    ]
    report = read(text.encode(), name="a.md")
    assert [claim.is_cut for claim in report.claims] == [False] * 5
    assert report.claims[4].remarks == (
        "the report says '⚠️', which is neither verified nor not",
        "the report's confidence 'low' is no probability and not kept",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "The model was trained with high confidence.",
        "Nurses report low certainty.",
        "It is true.",
        "Labels were confirmed (by two readers).",
        "It works in most cases (92 %).",
        "The interval is wide (95 % confidence interval 0.1–0.3).",
        "(true) labels help.",
        "[CPC] leads.",
        "5 objectives were compared.",
        "1.5 T scanners are no part of it.",
        "p < 0.05 in 3/5 tasks.",
        "In 2023: CPC was best.",
        "Performance: CPC reaches 0.93 AUROC on PTB-XL.",
    ],
)
def test_what_only_looks_like_a_verdict_or_a_number_of_a_list_is_part_of_the_claim(
    statement: str,
) -> None:
    assert found(f"## Claims\n\n- {statement}\n") == [(statement, None, None)]


@pytest.mark.parametrize(
    "line",
    [
        "Strength: weak (3/10)",
        "Papers: Oh 2022",
        "   Source: Oh",
        '> "S4 wins" (p. 4)',
        "| a | b |",
    ],
)
@pytest.mark.parametrize("claim", ["Claim: {}", "## Claims\n\n1. {}"])
def test_a_label_a_quotation_or_a_table_right_below_a_claim_is_no_part_of_it(
    claim: str, line: str
) -> None:
    text = f"{claim.format('CPC needs large batches.')}\n{line}\n"
    assert statements(text) == ["CPC needs large batches."]


def test_a_colon_within_a_sentence_that_goes_on_does_not_end_it() -> None:
    text = "## Claims\n\n- It leads on\n  PTB-XL: by far.\n- It has three:\n  CPC, JEPA.\n"
    assert statements(text) == ["It leads on PTB-XL: by far.", "It has three: CPC, JEPA."]


def test_a_numbered_outline_pasted_from_a_word_processor_is_read() -> None:
    text = """Übersicht zu EKG-Modellen

1. Kernaussagen

1.1 CPC übertrifft data2vec auf PTB-XL um
0,02 AUROC (Konfidenz: 85 %).
1.2 Größere Modelle sind nicht besser.

2. Diskussion

2.1 Beides ist offen.

3. Literaturverzeichnis

[1] Mehari. arXiv:2103.12676
"""
    for written in (text, text.replace("\n", "\r\n")):
        assert found(written, "a.txt") == [
            ("CPC übertrifft data2vec auf PTB-XL um 0,02 AUROC.", None, 0.85),
            ("Größere Modelle sind nicht besser.", None, None),
        ]
    assert read(text.encode(), name="a.txt").references[0].arxiv_id == "2103.12676"


def test_bullets_of_word_have_their_depth() -> None:
    text = (
        "Summary of claims\n\n•\tCPC leads on PTB-XL by\n0.02.\no\tFine-tuning closes the gap.\n"
        "\uf0b7\tS4 is new.\n\nDiscussion\n\nThe claims rest on three papers.\n"
    )
    assert statements(text, "a.txt") == ["CPC leads on PTB-XL by 0.02.", "S4 is new."]


def test_a_sentence_that_ends_in_a_colon_may_stand_above_the_claims() -> None:
    text = (
        "Hi Anna,\n\nhere are the main claims from the review that you sent me:\n\n"
        "  1) CPC is better on every task\n     that was tried\n  2) S4 is new\n\nBest,\nTom\n"
    )
    assert statements(text, "a.txt") == ["CPC is better on every task that was tried", "S4 is new"]
    sources = "Based on the sources, these are the key claims that can be made:\n\n- S4 is new.\n"
    assert statements(sources) == ["S4 is new."]
    with pytest.raises(InputError, match="No claim found"):
        read(b"These are the limitations of all claims in it:\n\n- Few trials.\n", name="a.txt")


def test_a_table_of_contents_is_no_list_of_claims() -> None:
    text = "1. Claims\n2. Methods\n\n## 1. Claims\n\n1. CPC leads.\n\n## 2. Methods\n\n1. Search.\n"
    assert statements(text) == ["CPC leads."]


def test_a_heading_with_its_verdict_in_a_table_is_a_claim_without_its_number() -> None:
    text = """## 3. Claims

### 3.1 CPC is the strongest objective

| Field | Value |
|---|---|
| Verdict | Supported (confidence 0.8) |

Two studies agree.

### 2) S4 needs fewer labels
*Status:* mixed evidence · *Confidence:* High (60%).

### 3.3 Summary

Two claims were checked.
"""
    assert found(text) == [
        ("CPC is the strongest objective", True, 0.8),
        ("S4 needs fewer labels", None, 0.6),
    ]


def test_a_verdict_as_heading_below_claims_is_said_of_each_below_it() -> None:
    text = "## Claims\n\n### Supported ✅\n\n- CPC leads.\n\n### Refuted (1)\n\n- S4 is slow.\n"
    assert found(text) == [("CPC leads.", True, None), ("S4 is slow.", False, None)]


def test_lists_of_what_was_verified_and_what_not_are_of_claims() -> None:
    text = "# Check\n\n**Verified (1):**\n- CPC leads.\n\n**Not verified (1):**\n- S4 is slow.\n"
    assert found(text) == [("CPC leads.", True, None), ("S4 is slow.", False, None)]
    marked = (
        "## ✅ Verified claims (1)\n\n1. CPC leads.\n\n## ❌ Refuted claims\n\n1. S4 is slow.\n"
    )
    assert found(marked) == [("CPC leads.", True, None), ("S4 is slow.", False, None)]


def test_a_verdict_behind_a_dash_is_read_and_a_number_beside_it_is_a_remark() -> None:
    text = '## Claims\n\n1. "CPC leads" — **Verified** (0.92)\n2. S4 is slow. → Refuted\n'
    assert found(text) == [('"CPC leads"', True, None), ("S4 is slow.", False, None)]
    remarks = [claim.remarks for claim in read(text.encode(), name="a.md").claims]
    assert remarks[0] == ("not kept: confidence is 'Verified (0.92)'",)


def test_a_rule_between_claims_is_no_part_of_one() -> None:
    assert statements("**Claim:** CPC leads here.\n---\n**Claim:** S4 is new.\n---\n") == [
        "CPC leads here.",
        "S4 is new.",
    ]


def test_one_or_two_words_above_sentences_are_their_topic() -> None:
    text = "## Claims\n\n1. Objectives\n   1. CPC leads.\n   2. JEPA is close.\n2. Data size\n"
    text += "   a. More helps.\n"
    assert statements(text) == ["CPC leads.", "JEPA is close.", "More helps."]
    assert statements("## Claims\n\n- CPC leads\n  - Three studies agree.\n") == ["CPC leads"]


def test_several_bold_sentences_are_claims_and_the_items_below_them_are_not() -> None:
    text = """## Claims

**CPC leads on PTB-XL.**

- Mehari reports 0.93.

**S4 is new in 2022.**

- Gu wrote it.
"""
    assert statements(text) == ["CPC leads on PTB-XL.", "S4 is new in 2022."]
    one = (
        "## Claims\n\n**We verified all of them.** Below they are.\n\n- CPC leads.\n- S4 is new.\n"
    )
    assert statements(one) == ["CPC leads.", "S4 is new."]


@pytest.mark.parametrize("before", ["", "> "])
def test_numbered_letters_and_quoted_labels_begin_claims(before: str) -> None:
    text = (
        "**C1.** CPC leads on PTB-XL.\n*Status:* ✔ verified · *Confidence:* 0.91\n\n"
        "**C2.** S4 is new.\n*Status:* ? unclear\n"
    )
    quoted = "".join(f"{before}{line}\n" for line in text.splitlines())
    assert found(quoted) == [("CPC leads on PTB-XL.", True, 0.91), ("S4 is new.", None, None)]


def test_a_list_and_a_table_of_the_same_claims_give_each_once_and_say_what_is_left_out() -> None:
    table = "| Claim | Verdict |\n|---|---|\n| CPC leads | Supported |\n"
    text = f"## Claims\n\n- CPC leads.\n- S4 is new.\n\n{table}"
    assert found(text) == [("CPC leads.", True, None), ("S4 is new.", None, None)]
    report = read(f"## Key findings\n\n- CPC leads.\n- JEPA too.\n\n{table}".encode(), name="a.md")
    assert [claim.statement for claim in report.claims] == ["CPC leads"]
    assert report.notes == ("1 finding left out, since others are called claims",)


def test_findings_with_a_number_are_claims_where_nothing_is_called_one() -> None:
    text = "**Finding 1: CPC leads on PTB-XL.** Three agree.\nConfidence: High (90%).\n\n"
    assert found(text + "Finding 2 – S4 is new.\n") == [
        ("CPC leads on PTB-XL.", None, 0.9),
        ("S4 is new.", None, None),
    ]
    assert statements(text + "## Claims\n\n- JEPA is new.\n") == ["JEPA is new."]


def test_a_claim_that_ends_in_a_confidence_is_not_what_is_said_of_the_one_above() -> None:
    text = "## Claims\n\n- CPC leads.\n- HuBERT is slow (AUROC 0.91; confidence: moderate).\n"
    assert found(text) == [
        ("CPC leads.", None, None),
        ("HuBERT is slow (AUROC 0.91; confidence: moderate).", None, None),
    ]


@pytest.mark.parametrize("number", ["(1)", "**1.**", "i.", "1️⃣", "1)"])
def test_claims_may_be_numbered_in_any_way(number: str) -> None:
    text = f"## Main claims\n\n{number} CPC leads\n   on PTB-XL.\n   Verdict: true\n"
    assert found(text) == [("CPC leads on PTB-XL.", True, None)]


def test_a_number_within_a_bold_claim_is_no_part_of_it() -> None:
    text = "## Claims\n\n**1. CPC leads on PTB-XL**\nThree agree.\nVerdict: supported\n"
    assert found(text) == [("CPC leads on PTB-XL", True, None)]


def test_what_is_said_may_stand_below_its_name_or_at_the_end_of_what_explains_a_claim() -> None:
    text = "CLAIM 1\nCPC leads on PTB-XL.\nVERDICT\nSupported\n\nCLAIM 2\nS4 is new indeed.\n\n"
    text += "Three agree. **Verdict: Refuted** | **Confidence: 0.2**\n"
    assert found(text, "a.txt") == [
        ("CPC leads on PTB-XL.", True, None),
        ("S4 is new indeed.", False, 0.2),
    ]
    named = "## Claim 1\n\n**Statement:** CPC leads on PTB-XL.\n**Verdict:** Supported\n"
    assert found(named) == [("CPC leads on PTB-XL.", True, None)]


@pytest.mark.parametrize(
    "closing", ["**Conclusion**", "### 2. Discussion", "Implications:", "Fazit"]
)
def test_what_a_review_concludes_below_its_findings_is_none_of_them(closing: str) -> None:
    text = f"**Key findings**\n\n- CPC leads.\n\n{closing}\n\n- More data is needed.\n"
    assert statements(text) == ["CPC leads."]


def test_bold_headings_are_headings_and_a_line_across_a_table_is_no_claim() -> None:
    text = """## **2. Key claims**

| # | Claim | Verdict |
| :-- | :-- | :-- |
| 1 | CPC leads. | **Supported** |
| B. Architectures | | |
| 2 | S4 is new. | *Contradicted* |

#### **Works cited**

1. A, accessed June 9, 2026, [https://a.org/x](https://a.org/x)
"""
    assert found(text) == [("CPC leads.", True, None), ("S4 is new.", False, None)]
    assert [r.url for r in read(text.encode(), name="a.md").references] == ["https://a.org/x"]
    with pytest.raises(InputError, match="the claim is empty"):
        read(b"id,claim,verified\n1,CPC leads.,yes\n2,,\n", name="a.csv")


def test_swedish_syntheses_are_read_like_others() -> None:
    text = (
        "# Översikt\n\n## Påståenden\n\n- CPC är bättre. (konfidens: 80 %)\n\n## Begränsningar\n\n"
        "- Få studier.\n\n## Referenser\n\n- arXiv:2103.12676\n"
    )
    assert found(text) == [("CPC är bättre.", None, 0.8)]
    assert read(text.encode(), name="a.md").references[0].arxiv_id == "2103.12676"


def test_a_link_that_cites_is_no_part_of_a_claim_and_one_within_it_is_its_words() -> None:
    text = """## Claims

1. CPC leads ([Mehari, 2022](https://doi.org/10.1016/S0140(05)7); [Oh](https://a.org)).
2. HuBERT is old. [Source](https://arxiv.org/abs/2106.07447)
3. JEPA【3†source】 is [new](https://a.org/b).<sup>4,5</sup>
4. Errors fall as 10<sup>2</sup> grows.^[3]^
"""
    assert statements(text) == [
        "CPC leads.",
        "HuBERT is old.",
        "JEPA is new.",
        "Errors fall as 10<sup>2</sup> grows.",
    ]


def test_addresses_keep_the_brackets_that_close_in_them() -> None:
    text = (
        "## Claims\n\n- S4 is new.\n\nCitations:\n"
        "[1] (https://arxiv.org/abs/2103.12676).\n"
        "[2] https://doi.org/10.1016/S0140-6736(05)71146-3.\n"
    )
    urls = [found.url for found in read(text.encode(), name="a.md").references]
    assert urls == [
        "https://arxiv.org/abs/2103.12676",
        "https://doi.org/10.1016/S0140-6736(05)71146-3",
    ]


def test_a_column_without_a_name_says_nothing() -> None:
    written = ",claim,verdict\n0,CPC leads.,yes\n1,S4 is new.,no\n"  # as pandas writes an index
    assert found(written, "a.csv") == [("CPC leads.", True, None), ("S4 is new.", False, None)]


def test_a_column_of_verdicts_is_known_under_longer_names() -> None:
    table = (
        "| Claim | Text | Overall verdict | Confidence level |\n|---|---|---|---|\n"
        "| C1 | CPC leads. | ✅ Supported | High (0.9) |\n"
        "| C2 | S4 is new. | ⚖️ Mixed | 40 percent |\n"
    )
    assert found(table) == [("CPC leads.", True, 0.9), ("S4 is new.", None, 0.4)]
    sheet = "Claim #\tClaim\tVerified?\tConfidence\n1\tCPC leads.\tTRUE\t12.5%\n"
    assert found(sheet, "a.tsv") == [("CPC leads.", True, 0.125)]
    elicit = 'Paper,Claim,Supports?,Confidence (%)\n"M, 2022",CPC leads.,Partially,60\n'
    assert found(elicit, "a.csv") == [("CPC leads.", None, 0.6)]


def test_a_table_about_claims_that_are_written_elsewhere_holds_none() -> None:
    table = "\n| Claims | Study |\n|---|---|\n| 1, 3 | Oh |\n| RQ-A | Gu |\n"
    assert statements(f"## Claims\n\n- CPC leads.\n{table}") == ["CPC leads."]


def test_json_as_chats_write_it_is_read() -> None:
    claims = [{"claim_text": "CPC leads.", "label": "NOT_ENOUGH_INFO", "confidence_score": "72%"}]
    nested = json.dumps({"query": "ECG", "result": {"key_claims": claims}}, indent=1)
    assert found(nested, "a.json") == [("CPC leads.", None, 0.72)]
    inside = [{"claim": "It is.", "assessment": {"verdict": "true"}, "confidence": {"score": 0.8}}]
    assert found(json.dumps(inside), "a.json") == [("It is.", True, 0.8)]
    by_id = {"claims": {"c1": {"claim": "S4 is new.", "verified": True}}}
    assert found(json.dumps(by_id), "a.json") == [("S4 is new.", True, None)]

    fenced = f"Here is what I found:\n\n```json\n{nested}\n```\n\nShall I go on?\n"
    (claim,) = read(fenced.encode(), name="answer.txt").claims
    assert fenced.split("\n")[claim.line - 1].strip() == "{"
    report = '# R\n\n## Claims\n\n- CPC leads.\n\n## Query\n\n```json\n{"query": "ECG"}\n```\n'
    assert statements(report) == ["CPC leads."]


def test_a_page_saved_by_word_is_read() -> None:
    page = """<html xmlns:w="urn:schemas-microsoft-com:office:word"><head><title>ECG</title></head>
<body><h1>1<span>   </span>Key claims</h1>
<p class=MsoListParagraph><![if !supportLists]><span>·<span>&nbsp;&nbsp; </span></span><![endif]>CPC
leads on PTB-XL<o:p></o:p></p>
<h1>2 Verification</h1>
<table><tr><td><p><b>Claim</b></p></td><td><p><b>Verdict</b></p></td></tr>
<tr><td><p>S4 is
new.</p></td><td><p>Refuted</p></td></tr></table>
<dl><dt>Notes</dt><dd>none</dd></dl></body></html>"""
    assert found(page, "a.htm") == [
        ("CPC leads on PTB-XL", None, None),
        ("S4 is new.", False, None),
    ]
    assert read(page.encode(), name="a.htm").title == "ECG"


def test_terms_and_what_stands_beside_them_on_a_page_are_said_of_the_claim_above() -> None:
    page = (
        "<html><h2>Claims</h2><h3>Claim 1: CPC leads.</h3><dl><dt>Verdict</dt><dd>Supported</dd>"
        "<dt>Confidence</dt><dd>0.9</dd></dl><h3>Claim 2: S4 is new.</h3></html>"
    )
    assert found(page, "a.html") == [("CPC leads.", True, 0.9), ("S4 is new.", None, None)]
