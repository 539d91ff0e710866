"""Report formats, one per file: what is known about some claims, out as a file's bytes.

Each export has `LABEL`, its name for people, `SUFFIX` and `MEDIA_TYPE` of its files, and
`render(dossier) -> bytes`: pure, so that the same dossier gives the same bytes.
"""

from models.catalog import Catalog

EXPORTS = Catalog(__name__)
