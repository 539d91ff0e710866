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
