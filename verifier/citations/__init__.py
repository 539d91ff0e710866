"""Ways of citing papers, one format per file: stored documents in, the bytes of a file out.

Each format has `LABEL`, its name for people, `SUFFIX` and `MEDIA_TYPE` of its files, and
`render(documents) -> bytes`: pure, in the order given. What is not known is left out, never
guessed; a paper that was withdrawn says so in its note.
"""

from models.catalog import Catalog

CITATIONS = Catalog(__name__)
