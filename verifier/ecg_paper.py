"""A 12-lead record drawn on standard ECG paper, as SVG: 25 mm/s along, 10 mm/mV up. Pure.

Everything is in millimetres of paper, so a print at full size can be measured with a ruler.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

MM_PER_S: Final = 25.0
MM_PER_MV: Final = 10.0
LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
COLUMNS: Final = (("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5", "V6"))
RHYTHM: Final = "II"

PULSE_MV, PULSE_S = 1.0, 0.2  # the calibration pulse: 10 mm high, 5 mm wide
MARGIN: Final = 5.0  # around everything
PULSE_ROOM: Final = 10.0  # left of each row
FOOT: Final = 6.0  # for the line that states the scales
LARGEST_MV: Final = 20.0  # beyond that a trace is an artefact and is cut off

PAPER, THIN, THICK, TRACE = "#fff8f6", "#f6cfc9", "#e79f96", "#1b2430"

Signal = NDArray[np.float32]  # (12, T) millivolts


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One trace: a lead from `start_s` on, beginning at `x`, with its zero at `y`, in mm."""

    lead: str
    start_s: float
    end_s: float
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class Sheet:
    strips: tuple[Strip, ...]
    zeros: tuple[float, ...]  # of each row, where its calibration pulse stands
    width: float
    height: float


def standard(n_s: float) -> Sheet:
    """Three rows of four leads, a quarter of the record each, and lead II whole below."""
    row_mm, quarter = 30.0, n_s / 4
    zeros = tuple(MARGIN + row_mm * (row + 0.5) for row in range(4))
    left = MARGIN + PULSE_ROOM
    strips = [
        Strip(
            lead=lead,
            start_s=column * quarter,
            end_s=(column + 1) * quarter,
            x=left + column * quarter * MM_PER_S,
            y=zeros[row],
        )
        for column, leads in enumerate(COLUMNS)
        for row, lead in enumerate(leads)
    ]
    strips.append(Strip(lead=RHYTHM, start_s=0.0, end_s=n_s, x=left, y=zeros[3]))
    return _sheet(strips, zeros, row_mm, n_s)


def all_leads(n_s: float) -> Sheet:
    """Twelve rows, each lead whole."""
    row_mm = 20.0
    zeros = tuple(MARGIN + row_mm * (row + 0.5) for row in range(len(LEADS)))
    left = MARGIN + PULSE_ROOM
    strips = [
        Strip(lead=lead, start_s=0.0, end_s=n_s, x=left, y=y)
        for lead, y in zip(LEADS, zeros, strict=True)
    ]
    return _sheet(strips, zeros, row_mm, n_s)


def _sheet(strips: Sequence[Strip], zeros: tuple[float, ...], row_mm: float, n_s: float) -> Sheet:
    return Sheet(
        strips=tuple(strips),
        zeros=zeros,
        width=2 * MARGIN + PULSE_ROOM + n_s * MM_PER_S,
        height=2 * MARGIN + row_mm * len(zeros) + FOOT,
    )


ARRANGEMENTS: Final = {"3 × 4 and rhythm": standard, "all leads": all_leads}


def draw(signal_mv: Signal, *, sampling_hz: float, arrangement: str, title: str) -> str:
    """The SVG of a record; `title` is what it is called for those who do not see it.

    Args:
        signal_mv: (12, T) in the order of LEADS.
        sampling_hz: time points in a second.
        arrangement: one of ARRANGEMENTS.
        title: plain text.

    Raises:
        ValueError: the signal has not twelve leads.
    """
    if signal_mv.ndim != 2 or len(signal_mv) != len(LEADS):
        raise ValueError(f"Twelve leads are drawn, found a signal of shape {signal_mv.shape}.")
    sheet = ARRANGEMENTS[arrangement](signal_mv.shape[1] / sampling_hz)
    width, height = sheet.width, sheet.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title>",
        _grid(width, height),
        *(_pulse(y) for y in sheet.zeros),
        *(_trace(strip, signal_mv, sampling_hz) for strip in sheet.strips),
        _foot(sheet, sampling_hz),
        "</svg>",
    ]
    return "".join(parts)


def _grid(width: float, height: float) -> str:
    """Lines each millimetre, stronger ones each five: 0.04 s and 0.2 s, 0.1 and 0.5 mV."""
    return (
        '<defs><pattern id="mm" width="1" height="1" patternUnits="userSpaceOnUse">'
        f'<path d="M1 0H0V1" fill="none" stroke="{THIN}" stroke-width="0.1"/></pattern>'
        '<pattern id="mm5" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<rect width="5" height="5" fill="url(#mm)"/>'
        f'<path d="M5 0H0V5" fill="none" stroke="{THICK}" stroke-width="0.2"/></pattern></defs>'
        f'<rect width="{width:g}" height="{height:g}" fill="{PAPER}"/>'
        f'<rect width="{width:g}" height="{height:g}" fill="url(#mm5)"/>'
    )


def _pulse(y: float) -> str:
    up, along = PULSE_MV * MM_PER_MV, PULSE_S * MM_PER_S
    side = (PULSE_ROOM - along) / 2
    return (
        f'<path class="pulse" d="M{MARGIN:g} {y:g}h{side:g}v{-up:g}h{along:g}v{up:g}h{side:g}" '
        f'fill="none" stroke="{TRACE}" stroke-width="0.3"/>'
    )


def _trace(strip: Strip, signal_mv: Signal, sampling_hz: float) -> str:
    """A path in hundredths of a millimetre, each point relative to the one before: small."""
    first, last = round(strip.start_s * sampling_hz), round(strip.end_s * sampling_hz)
    values = np.nan_to_num(signal_mv[LEADS.index(strip.lead), first:last].astype(np.float64))
    if not len(values):
        return ""
    x = np.rint(np.arange(len(values)) / sampling_hz * MM_PER_S * 100).astype(int)
    y = np.rint(-np.clip(values, -LARGEST_MV, LARGEST_MV) * MM_PER_MV * 100).astype(int)
    steps = np.column_stack([np.diff(x), np.diff(y)])
    path = f"M0 {y[0]}l" + " ".join(f"{along} {up}" for along, up in steps.tolist())
    # above the pulse where a row begins, so that the trace does not run through the name
    label_x = strip.x + 1.2 if strip.start_s else strip.x - PULSE_ROOM + 0.5
    start = ""
    if strip.start_s > 0:  # where one lead ends and the next begins
        start = f'<path d="M{strip.x:g} {strip.y - 5:g}v10" stroke="{TRACE}" stroke-width="0.15"/>'
    return (
        f'{start}<text x="{label_x:g}" y="{strip.y - 10.6:g}" font-size="3.6" '
        f'font-family="sans-serif" font-weight="600" fill="{TRACE}">{escape(strip.lead)}</text>'
        f'<path class="trace" transform="translate({strip.x:g} {strip.y:g}) scale(0.01)" '
        f'd="{path}" fill="none" stroke="{TRACE}" stroke-width="28" stroke-linejoin="round"/>'
    )


def _foot(sheet: Sheet, sampling_hz: float) -> str:
    words = f"{MM_PER_S:g} mm/s · {MM_PER_MV:g} mm/mV · {sampling_hz:g} Hz"
    return (
        f'<text x="{MARGIN + 1:g}" y="{sheet.height - 4:g}" font-size="3.2" '
        f'font-family="sans-serif" fill="{TRACE}">{words}</text>'
    )
