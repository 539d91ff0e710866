"""Probes: what a trained encoder's embedding is good for. The encoder stays as it is.

Every file defines `evaluate(examined, **options) -> ProbeResult`. Whatever a probe chooses
(a penalty, a step to stop at) it chooses on the validation fold; the test fold is scored once.

A file may also define

- `NEEDS_TEXTS = True`: it asks `examined.paired` where records and texts lie, so that the run needs
  an objective on pairs or an alignment;
- `check(records, **options)`: it refuses options that cannot be with these records, which is asked
  before anything is trained;
- `HEADLINE`: the measurement reported as missing of an invalid run, "macro_auroc" if not stated.
"""

from models.catalog import Catalog

PROBES = Catalog(__name__)
