"""Generators: records made while training goes on, on the device it goes on.

Every file is named like the data set whose records it makes and defines `Source(recipe, device)`,
with `n_records` and `batch(generator, needs=...) -> Batch`. A record is decided by its number
alone, so nothing is stored and any number of them costs no memory. Files that begin with an
underscore are helpers.
"""

from models.catalog import Catalog

GENERATORS = Catalog(__name__)
