"""Geometry of the space that records and reports share, on the test fold.

Alignment and uniformity (Wang and Isola 2020, arXiv:2005.10242), the modality gap (Liang et al.
2022, arXiv:2203.02053), how far cosines of pairs lie from those of others, and linear CKA
(Kornblith et al. 2019, arXiv:1905.00414).
"""

from models.embedding import Examined
from models.measurement import Measurement
from models.probes import _cka, _sphere
from models.probes._points import answers, of_records, of_texts, paired_of, reported_rows
from models.probes._result import ProbeResult
from models.text_encoders._words import same_key

NEEDS_TEXTS = True
HEADLINE = "alignment"


def evaluate(examined: Examined) -> ProbeResult:
    """Measure; `cka/encoders` compares the encoders before their projections."""
    records = examined.records
    rows = reported_rows(examined, "test")
    reports = [records.reports[row] for row in rows]
    points, meanings = of_records(examined, rows), of_texts(examined, reports)
    encoded = examined.mean_over_windows(rows, examined.encoder.embed).astype(float)
    read = answers(paired_of(examined).text_encoder, reports)
    values = {
        "alignment": _sphere.alignment(points, meanings),
        "uniformity/records": _sphere.uniformity(points),
        "uniformity/reports": _sphere.uniformity(meanings),
        "modality_gap": _sphere.modality_gap(points, meanings),
        **_sphere.cosines(points, meanings, [same_key(report) for report in reports]),
        "cka/points": _cka.linear_cka(points, meanings),
        "cka/encoders": _cka.linear_cka(encoded, read),
    }
    n_patients = records.n_patients(rows)
    return ProbeResult(
        rows=rows,
        measurements=tuple(
            Measurement(
                name=name,
                probe="geometry",
                split="test",
                value=value,
                reason=None if value is not None else _WITHOUT_VALUE,
                n=len(rows),
                n_patients=n_patients,
            )
            for name, value in values.items()
        ),
    )


_WITHOUT_VALUE = "the points do not vary, or there are too few, or no two reports differ"
