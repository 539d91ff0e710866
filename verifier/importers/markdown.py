"""Markdown, or what a chat answers: tables and lists of claims, or "Claim 1: …"."""

from verifier.claim import Report
from verifier.importers._prose import has_claims, report_of
from verifier.importers._text import lines

LABEL = "Markdown"
LOOKS_FOR = (
    "a table between | with a column claim or statement, a list under a heading with the word "
    '"Claims" (or "Findings"), or lines that begin with "Claim 1:"'
)


def accepts(text: str, name: str) -> bool:
    return has_claims(list(enumerate(lines(text), start=1)))


def read(text: str) -> Report:
    return report_of(list(enumerate(lines(text), start=1)), text=text, format="markdown")
