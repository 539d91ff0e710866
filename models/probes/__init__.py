"""Probes: what a trained encoder's embedding is good for. The encoder stays as it is.

Every file defines `evaluate(examined, **options) -> ProbeResult`. Whatever a probe chooses
(a penalty, a step to stop at) it chooses on the validation fold; the test fold is scored once.
"""

from models.catalog import Catalog

PROBES = Catalog(__name__)
