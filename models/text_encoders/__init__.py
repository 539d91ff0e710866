"""Text encoders: from reports to vectors, for the objectives that pair records with reports.

Every file defines `TextEncoder(**options)`, a module that maps B texts to (B, `width`). What is
frozen has no parameters and stays out of checkpoints. Texts are in German, English or Swedish, as
PTB-XL has them.
"""

from models.catalog import Catalog

TEXT_ENCODERS = Catalog(__name__)
