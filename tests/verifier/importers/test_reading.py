"""What holds for every format: choosing it, decoding, checking, and saying what is wrong."""

import csv
import io
import json
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.claim import InputError
from verifier.importers import IMPORTERS, read
from verifier.importers._citations import without_citations
from verifier.importers._decode import SIZE_LIMIT_BYTES
from verifier.importers._labels import ASIDE, field_of, unlabelled
from verifier.importers._rows import N_CHARACTERS_LIMIT, N_CLAIMS_LIMIT
from verifier.importers._tags import tags_parted
from verifier.importers._text import clean

SEED = Path(__file__).parents[3] / "../shared/seed/report.txt"

EXAMPLES = {
    "csv": ("a.csv", "claim;verified;confidence\nCPC scales best.;✓;0,5\nS4 is new.;;\n"),
    "html": (
        "a.html",
        "<html><body><h2>Claims</h2>\n<ol>\n<li>CPC scales best.</li>\n<li>S4 is new.</li></ol>",
    ),
    "json": ("a.json", '[{"claim": "CPC scales best.", "verified": true}, "S4 is new."]'),
    "markdown": ("a.md", "# T\n\n## Claims\n\n- CPC scales best.\n- S4 is new.\n"),
    "synthesis": (
        "a.txt",
        "# T\n\nClaim\tVerified\tConfidence\nCPC scales best.\tyes\t50%\nS4 is new.\tno\t1\n",
    ),
}


def as_csv(statements: list[str]) -> str:
    written = io.StringIO()
    rows = csv.writer(written, quoting=csv.QUOTE_ALL)
    rows.writerows([["id", "claim"], *([n, text] for n, text in enumerate(statements))])
    return written.getvalue()


def as_markdown(statements: list[str]) -> str:
    escaped = (re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text) for text in statements)
    return "\n".join(["| Claim |", "| --- |", *(f"| {text} |" for text in escaped)])


def as_list(statements: list[str]) -> str:
    escaped = (re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text) for text in statements)
    return "\n".join(["## Claims", *(f"- {text}" for text in escaped)])


def says_nothing_else(text: str) -> bool:
    """No label, verdict or remark stands in it, which a list may have beside a claim."""
    is_tagged = bool(tags_parted(text)[1] or field_of(text))
    return not is_tagged and unlabelled(text) == text and ASIDE.match(text) is None


STATEMENTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
    .map(clean)
    .filter(lambda text: text and without_citations(text) == text and says_nothing_else(text)),
    min_size=1,
    max_size=6,
    unique_by=lambda text: text.casefold().rstrip("."),
)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.json", json.dumps),
        ("a.csv", as_csv),
        ("a.md", as_markdown),
        ("a.md", as_list),
    ],
)
@given(statements=STATEMENTS)
def test_statements_written_and_read_are_the_same(name, write, statements: list[str]) -> None:
    report = read(write(statements).encode(), name=name)
    assert [claim.statement for claim in report.claims] == statements
    assert [claim.position for claim in report.claims] == list(range(1, len(statements) + 1))


def test_every_format_has_an_example_here() -> None:
    assert set(IMPORTERS) == set(EXAMPLES)


@pytest.mark.parametrize("format", list(IMPORTERS))
def test_a_file_is_read_by_its_own_format_alone_and_tells_its_lines(format: str) -> None:
    name, text = EXAMPLES[format]
    accepting = [other for other in IMPORTERS if IMPORTERS.load(other).accepts(text, name)]
    assert accepting == [format]
    report = read(text.encode(), name=name)
    assert report.format == format
    assert report.text == text
    assert [claim.statement for claim in report.claims] == ["CPC scales best.", "S4 is new."]
    for claim in report.claims:
        assert claim.statement in text.split("\n")[claim.line - 1]


@pytest.mark.parametrize("format", list(IMPORTERS))
@pytest.mark.parametrize("ends", ["\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_change_nothing(format: str, ends: str, encoding: str) -> None:
    name, text = EXAMPLES[format]
    plain = read(text.encode(), name=name)
    assert read(text.replace("\n", ends).encode(encoding), name=name) == plain


@pytest.mark.parametrize("format", list(IMPORTERS))
@given(text=st.text(max_size=300))
def test_whatever_the_text_it_is_read_or_refused_with_an_input_error(
    format: str, text: str
) -> None:
    importer = IMPORTERS.load(format)
    importer.accepts(text, "any.txt")
    with suppress(InputError):
        importer.read(text)


@given(data=st.binary(max_size=300))
def test_whatever_the_bytes_they_are_read_or_refused_with_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        read(data, name="any.txt")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"claim\nCPC \xff best.", "not UTF-8 at byte 10 (0xff)"),
        (b"\xef\xbb\xbfclaim\n\xff", "not UTF-8 at byte 9 (0xff)"),
        (b"\xff\xfea\x00\x00\xd8", "not UTF-16 at byte 4 (0x00)"),
        (b"claim\nCPC\x00 best.", "NUL at byte 9"),
        ("claim".encode("utf-32"), "NUL at byte 2"),
        (b"%PDF-1.7 \xff", "a PDF document"),
        (b"PK\x03\x04", "ZIP archive"),
        (b" \n", "is empty"),
        (b"x" * (SIZE_LIMIT_BYTES + 1), "at most 5,000,000"),
    ],
)
def test_what_is_no_text_is_refused_saying_where(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        read(data, name="a.txt")


def test_a_file_without_claims_is_refused_saying_what_was_looked_for() -> None:
    with pytest.raises(InputError, match="no known format") as refused:
        read(b"# A title\n\nSome prose.\n", name="a.txt")
    assert all(IMPORTERS.load(name).LOOKS_FOR in str(refused.value) for name in IMPORTERS)
    with pytest.raises(InputError, match=r"read as CSV table\. Looked for: a first line"):
        read(b"claim,verified\n", name="a.csv")


def test_a_named_format_is_used_and_an_unknown_one_refused_with_the_nearest() -> None:
    assert read(b"claim\nCPC scales.", name="a.json", format="csv").format == "csv"
    with pytest.raises(InputError, match="Did you mean 'markdown'"):
        read(b"claim\nCPC scales.", name="a.csv", format="markdwon")


def test_a_report_without_a_title_bears_its_file_name() -> None:
    assert read(b"claim\nCPC scales.", name="mine.of.june.csv").title == "mine.of.june"


def test_all_problems_are_named_with_their_lines_and_nothing_is_imported() -> None:
    text = "claim,verified,confidence\nA.,maybe,0.1\nB.,yes,1.5\n,no,\nC.,no,-5 %\nD.,,nan\n"
    with pytest.raises(InputError) as refused:
        read(text.encode(), name="a.csv")
    said = str(refused.value).split("\n")
    assert [line.split(":")[0] for line in said] == [f"Line {n}" for n in range(2, 7)]
    assert "'maybe'; allowed: ✓, ✔, yes, true, verified, supported, or ×, ✗, x" in said[0]
    assert "'1.5', out of range; allowed: a number from 0 to 1" in said[1]
    assert "the claim is empty" in said[2]


def test_no_more_than_ten_problems_are_shown() -> None:
    text = "claim,confidence\n" + "".join(f"Claim {n}.,2\n" for n in range(12))
    with pytest.raises(InputError) as refused:
        read(text.encode(), name="a.csv")
    assert str(refused.value).count("Line ") == 10
    assert str(refused.value).endswith("… and 2 more.")


def test_a_claim_that_is_too_long_is_refused() -> None:
    longest = "x" * N_CHARACTERS_LIMIT
    assert read(f"claim\n{longest}".encode(), name="a.csv").claims[0].statement == longest
    with pytest.raises(InputError, match=r"2,001 characters; at most 2,000"):
        read(f"claim\n{longest}x".encode(), name="a.csv")


def test_a_file_of_more_claims_than_can_be_compared_is_refused_with_their_number() -> None:
    written = "claim\n" + "".join(f"Claim {n} holds.\n" for n in range(N_CLAIMS_LIMIT + 1))
    with pytest.raises(InputError, match=r"There are 5,001 claims, the last on line 5002"):
        read(written.encode(), name="a.csv")
    assert len(read(written[: written[:-1].rindex("\n")].encode(), name="a.csv").claims) == 5_000


def test_a_table_of_a_western_windows_is_read_and_broken_utf8_is_not() -> None:
    data = "Claim;Verified\nCPC schlägt S4 – um 5 ‰.;ja\n".replace("‰", "%").encode("cp1252")
    report = read(data, name="a.csv")
    assert (report.claims[0].statement, report.claims[0].verified) == (
        "CPC schlägt S4 – um 5 %.",
        True,
    )
    assert report.notes == ("read as Windows-1252, since it is not UTF-8",)
    for broken in (
        "claim\nCPC “leads” ä.".encode()[:-2] + b".",
        "claim\n“A” \xff".encode("latin-1", "ignore"),
    ):
        with pytest.raises(InputError, match="not UTF-8"):
            read(broken, name="a.csv")


def test_a_citation_is_no_part_of_a_claim_and_does_not_make_it_another_one() -> None:
    report = read(
        b'["CPC wins [3].", "CPC wins (Smith et al., 2024) [4, 5].", "CPC wins.[^1]"]',
        name="a.json",
    )
    assert [(c.statement, c.is_cut) for c in report.claims] == [("CPC wins.", False)]


@pytest.mark.parametrize(
    "statement",
    [
        "Scores lie in [1, 3].",
        "The median is 2 [1, 3].",
        "It is best (95 % CI [1, 2]).",
        "Kernel sizes [3, 5] are used.",
        "It grows with 10² records.",
        "It holds in one cohort (Germany, 2019).",
        "As [4] shows, S4 is new.",
        "[3].",
    ],
)
def test_brackets_that_say_something_stay(statement: str) -> None:
    assert read(json.dumps([statement]).encode(), name="a.json").claims[0].statement == statement


def test_a_claim_that_stands_twice_is_kept_once_the_first_time() -> None:
    report = read(b"claim,confidence\nA b.,0.1\na  B.,0.9\nC.,\n", name="a.csv")
    assert [(c.statement, c.confidence, c.position) for c in report.claims] == [
        ("A b.", 0.1, 1),
        ("C.", None, 2),
    ]


def test_what_a_report_says_of_a_claim_that_stands_twice_is_taken_from_wherever_it_stands() -> None:
    table = b"claim,verified,confidence\nIt is so.,,0.4\nOther.,no,\nIT IS SO.,yes,\n"
    first, _ = read(table, name="a.csv").claims
    assert (first.verified, first.confidence, first.line) == (True, 0.4, 2)


def test_a_report_that_says_two_things_of_one_claim_is_refused_with_both_lines() -> None:
    table = b"claim,verified\nIt is so.,yes\nIt is so.,no\nIt is so.,\n"
    with pytest.raises(InputError) as refused:
        read(table, name="a.csv")
    assert str(refused.value) == (
        "Line 3: the claim of line 2 stands here again and is not verified, unlike there; "
        "a report says one of both."
    )


def test_control_characters_and_hidden_marks_are_removed_from_statements() -> None:
    data = json.dumps(["CPC\u0007 is\u202e \u200bbest\ud800.\n"])
    assert read(data.encode(), name="a.json").claims[0].statement == "CPC is best."


@pytest.mark.parametrize(
    ("statement", "is_cut"),
    [
        ("It is best across diverse clinical ta", True),
        ("It is superior compared to", True),
        ("It is clustering-", True),
        ("It is best …", True),
        ("It is best...", True),
        ("It is best (as said).", False),
        ("It is “best.”", False),
        ("Is it best?", False),
    ],
)
def test_a_claim_without_an_end_is_cut_where_the_others_end(statement: str, is_cut: bool) -> None:
    report = read(json.dumps(["One ends.", "Two ends.", statement]).encode(), name="a.json")
    assert [claim.is_cut for claim in report.claims] == [False, False, is_cut]


def test_a_list_without_full_stops_is_not_cut_except_where_it_cannot_end() -> None:
    report = read(b'["CPC scales", "S4 is new", "S4 is better than"]', name="a.json")
    assert [claim.is_cut for claim in report.claims] == [False, False, True]


@pytest.mark.parametrize("format", list(IMPORTERS))
@pytest.mark.parametrize(
    "line",
    ["#" + " " * 200_000 + "x", "Research question: " + " " * 200_000 + "x", "- " * 200_000],
    ids=["heading", "question", "bullets"],
)
def test_a_line_made_to_be_slow_is_read_at_once(format: str, line: str) -> None:
    importer = IMPORTERS.load(format)
    text = f"a\n{line}\n| Claim |\n{' ' * 200_000}-x\n{line}\nClaim\tVerified\nA.\t\n"
    begun = time.process_time()
    assert importer.accepts(line, "a.txt") in (True, False)
    importer.accepts(text, "a.txt")
    with suppress(InputError):
        importer.read(text)
    assert time.process_time() - begun < 5


@pytest.mark.skipif(not SEED.exists(), reason="the seed report is not beside this checkout")
def test_the_seed_report_is_read_whole() -> None:
    report = read(SEED.read_bytes(), name=SEED.name)
    assert report.format == "synthesis"
    assert report.title.startswith("Contrastive Pretraining Scaling")
    assert report.author == "Assignee Research"
    assert str(report.reported_on) == "2026-06-09"
    assert report.abstract.startswith("This report synthesises")
    assert report.question.startswith("How does contrastive pretraining scaling affect")
    assert report.question.endswith("in foundation models?")
    assert len(report.claims) == 16
    assert [c.position for c in report.claims if c.is_cut] == [3, 4, 9, 13, 15, 16]
    assert [c.position for c in report.claims if c.verified] == [4]
    assert report.claims[3].statement.endswith("across diverse clinical ta")
    assert [c.confidence for c in report.claims[:4]] == [0.11, 0.04, 0.10, 0.16]
    ids = [(r.arxiv_id, r.version) for r in report.references]
    assert ids == [("2303.00915", 3), ("2510.21551", 1), ("2605.12241", 1)]
    assert [heading for heading, _ in report.sections][-2:] == ["5 Extracted Claims", "References"]
    file_lines = SEED.read_text(encoding="utf-8").split("\n")
    assert all(file_lines[c.line - 1].startswith(c.statement) for c in report.claims)
