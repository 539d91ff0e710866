"""SciFact's abstracts as documents with the sentences its annotators saw."""

from collections.abc import Mapping

from models.text.scifact import Abstract
from verifier.document import Document, Passage
from verifier.literature.weighing import Held


def held(corpus: Mapping[int, Abstract]) -> list[Held]:
    """In the corpus's order; a document's id is the abstract's."""
    return [_held(abstract) for abstract in corpus.values()]


def _held(abstract: Abstract) -> Held:
    found, start = [], 0
    for sentence in abstract.sentences:
        end = start + len(sentence)
        found.append(Passage(document_id=abstract.id, start=start, end=end, text=sentence))
        start = end + 1
    document = Document(
        key=f"scifact:{abstract.id}",
        title=abstract.title,
        text=" ".join(abstract.sentences),
        source="scifact",
        id=abstract.id,
    )
    return Held(document=document, passages=tuple(found))
