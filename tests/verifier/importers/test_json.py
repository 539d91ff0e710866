import json

import pytest

from verifier.claim import InputError
from verifier.importers.json import read

REPORT = """{
  "title": "Scaling", "abstract": "Short.", "question": "What scales?",
  "references": ["http://arxiv.org/abs/2605.12241v1", {"url": "arXiv:2303.00915"}],
  "claims": [
    "S4 is new.",
    {"statement": "CPC scales best.",
     "verified": "✓", "confidence": 0.16, "by": "me"}
  ]
}"""


def test_an_object_tells_claims_and_what_is_known_of_the_report() -> None:
    report = read(REPORT)
    assert (report.title, report.abstract, report.question) == ("Scaling", "Short.", "What scales?")
    assert [(r.arxiv_id, r.version) for r in report.references] == [
        ("2605.12241", 1),
        ("2303.00915", None),
    ]
    found = [(c.statement, c.verified, c.confidence, c.line) for c in report.claims]
    assert found == [("S4 is new.", None, None, 5), ("CPC scales best.", True, 0.16, 6)]


def test_what_our_own_command_prints_is_read_again() -> None:
    printed = [
        {
            "id": "C01",
            "statement": "S4 is new.",
            "reported": {"verified": False, "confidence": 0.1},
        },
        {"id": "C02", "statement": "CPC scales best.", "reported": None},
    ]
    found = [(c.statement, c.verified, c.confidence) for c in read(json.dumps(printed)).claims]
    assert found == [("S4 is new.", False, 0.1), ("CPC scales best.", None, None)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('["a.",\n}', "Line 2, column 1: not JSON"),
        ("3", "Line 1: found '3'"),
        ('["a.",\n 5]', "Line 2: found '5'; allowed: a sentence"),
        ('{"claims": "a."}', "Line 1: claims is 'a.'; allowed: a list"),
        ('{"claims": ["a."],\n"title": 5}', "Line 2: title is '5'; allowed: text"),
        ('{"clams": ["a."]}', "did you mean 'claims'"),
        ('[{"claim": "a.",\n"confidance": 1}]', "did you mean 'confidence'"),
        ('[{"claim": "a.", "confidence": true}]', "confidence is 'True'"),
        ('[{"claim": "a.", "confidence": NaN}]', "NaN is not a JSON number"),
        ('[{"claim": null}]', "the claim is 'None'; allowed: text"),
        ('{"claims": ["a."], "references": ["javascript:alert(1)"]}', "an http or https address"),
        ("[" * 100_000, "Not JSON that can be read"),
        ("[" + "9" * 5000 + "]", "Not JSON that can be read"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(text: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text)
    assert says in str(refused.value)


def test_claims_are_found_inside_other_objects_and_under_other_names_with_their_lines() -> None:
    text = """{"query": "ECG", "results": {"findings": [
    {"id": 1, "text": "S4 is new.", "verdict": "SUPPORTED", "confidence_score": 0.9},
    {"id": 2, "claimText": "CPC leads.", "status": "refuted", "confidence": "high"}
    ]}}"""
    found = [(c.statement, c.verified, c.confidence, c.line) for c in read(text).claims]
    assert found == [("S4 is new.", True, 0.9, 2), ("CPC leads.", False, None, 3)]


def test_json_lines_are_read_each_with_its_line() -> None:
    text = '{"claim": "S4 is new.", "verified": true}\n\n{"claim": "CPC leads."}\n'
    assert [(c.statement, c.line) for c in read(text).claims] == [
        ("S4 is new.", 1),
        ("CPC leads.", 3),
    ]


def test_what_we_found_ourselves_is_not_taken_for_what_a_report_said() -> None:
    ours = {"statement": "S4 is new.", "status": "verified", "confidence": 0.97}
    unsaid = {**ours, "statement": "CPC leads.", "reported": None}
    said = {**ours, "reported": {"verified": False, "confidence": 0.1}}
    found = [(c.verified, c.confidence) for c in read(json.dumps([said, unsaid])).claims]
    assert found == [(False, 0.1), (None, None)]


def test_an_object_without_claims_is_refused_with_the_keys_it_has() -> None:
    with pytest.raises(InputError, match="The object's keys are: 'query', 'answer'"):
        read('{"query": "ECG", "answer": {"sentences": 3}}')
    with pytest.raises(InputError, match="Lines 1, 2: 2 lists of claims; allowed: one"):
        read('{"a": {"claims": ["x."]},\n"b": {"claims": ["y."]}}')


def test_a_reference_without_an_address_is_left_out_and_said() -> None:
    references = ["Smith et al. ECG. 2024.", {"title": "A", "doi": "10.1000/x"}, {"title": "B"}]
    report = read(json.dumps({"claims": ["S4 is new."], "references": references}))
    assert [found.url for found in report.references] == ["https://doi.org/10.1000/x"]
    assert report.notes == ("2 references without an address left out",)
