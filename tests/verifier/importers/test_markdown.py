import pytest

from verifier.claim import InputError
from verifier.importers.markdown import accepts, read

REPORT = r"""# Scaling

Research question: What scales?

| Statement | Source | Verified | Confidence |
|:----------|--------|:--------:|-----------:|
| **CPC** scales as `n^a` \| best. | A | yes | 11 % |
| S4 is new. | B |

Some prose.

| Not | Ours |
|-----|------|
| a   | b    |

## Claims

1. data2vec lags
   behind all.
   - because of its mask
2. JEPA leads.

Prose again.

### Older claims

* Nothing else.

## References

- <https://arxiv.org/abs/2605.12241>
"""


def test_tables_of_claims_and_lists_under_claims_are_read_in_their_order() -> None:
    report = read(REPORT)
    assert [(c.statement, c.line) for c in report.claims] == [
        ("CPC scales as n^a | best.", 7),
        ("S4 is new.", 8),
        ("data2vec lags behind all.", 18),
        ("JEPA leads.", 21),
        ("Nothing else.", 27),
    ]
    assert [(c.verified, c.confidence) for c in report.claims[:2]] == [(True, 0.11), (None, None)]


def test_what_is_said_about_the_report_is_kept() -> None:
    report = read(REPORT)
    assert (report.title, report.question) == ("Scaling", "What scales?")
    assert report.references[0].arxiv_id == "2605.12241"


def test_a_list_in_another_section_is_no_claim() -> None:
    assert not accepts("## Methods\n\n- We trained.\n", "a.md")
    assert not accepts("# Claims of the year\n\n- as a title says nothing of lists\n", "a.md")


@pytest.mark.parametrize(
    "head", ["# Claims", "# Findings", "# Key claims", "# 2. Main findings:", "## Findings"]
)
def test_a_heading_that_is_the_word_alone_begins_claims_at_the_top_too(head: str) -> None:
    text = f"{head}\n\n- CPC leads JEPA.\n\n## References\n\n- <https://arxiv.org/abs/2605.12241>\n"
    assert accepts(text, "a.md")
    assert [claim.statement for claim in read(text).claims] == ["CPC leads JEPA."]


def test_lists_of_later_sections_may_be_indented_differently() -> None:
    text = "## Claims\n- A.\n## More claims\n  - B.\n"
    assert [claim.statement for claim in read(text).claims] == ["A.", "B."]


def test_an_unescaped_pipe_in_a_claim_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match="Line 3: 2 cells"):
        read("| Claim |\n|---|\n| P(a | b) falls. |\n")


def test_a_misspelt_column_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="Line 1: there is no 'Confidance'; did you mean 'conf"):
        read("| Claim | Confidance |\n|---|---|\n| S4 is new. | 1 |\n")
