import pytest

from verifier.claim import InputError
from verifier.importers.csv import accepts, read


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_delimiter_is_recognised_from_the_header(delimiter: str) -> None:
    text = "\nid,Statement,Verified\n1,S4 is new.,✗\n".replace(",", delimiter)
    assert accepts(text, "a.txt")
    claim = read(text).claims[0]
    assert (claim.statement, claim.verified, claim.line) == ("S4 is new.", False, 3)


def test_a_quoted_claim_may_hold_delimiters_quotes_and_line_ends() -> None:
    text = 'claim,confidence\n"CPC, as ""they""\nsay, is best.",0.5\n\nS4 is new.,\n'
    found = [(c.statement, c.line) for c in read(text).claims]
    assert found == [('CPC, as "they" say, is best.', 2), ("S4 is new.", 5)]


def test_a_file_of_one_column_needs_no_quotes() -> None:
    assert read("claim\nCPC, JEPA; and S4.\n").claims[0].statement == "CPC, JEPA; and S4."


def test_an_unquoted_delimiter_does_not_cut_a_claim_in_silence() -> None:
    with pytest.raises(InputError, match=r"Line 2: 3 cells.*must be quoted"):
        read("claim,verified\nCPC, it seems, is best.\n")


def test_a_forgotten_quote_is_an_error_where_it_begins() -> None:
    with pytest.raises(InputError, match="Line 3: the record that begins here"):
        read('claim,verified\nA.,yes\n"B.,yes\nC.,no\n')


def test_other_columns_are_ignored_but_misspelt_ones_refused() -> None:
    assert len(read("claim_id,claim,notes\n1,S4 is new.,mine\n").claims) == 1
    with pytest.raises(InputError, match="'verifed'; did you mean 'verified'"):
        read("claim,verifed\nS4 is new.,yes\n")


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(InputError, match="2 columns are called 'claim'"):
        read("claim,claim\nA.,B.\n")


def test_a_csv_file_without_a_column_of_claims_is_refused_with_its_header() -> None:
    assert accepts("text,author\n", "a.csv")
    with pytest.raises(InputError, match="the first line is 'text,author'; it must name"):
        read("text,author\nS4 is new.,me\n")
