"""Paper that can be measured with a ruler: the drawing, read back from the SVG."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from verifier import ecg_paper

SVG = "{http://www.w3.org/2000/svg}"
HZ = 250


def signal(seconds: float = 10.0) -> np.ndarray:
    """A ramp of 0.1 mV/s in lead II, 1 mV from second 5 on in V5, else flat."""
    found = np.zeros((12, round(seconds * HZ)), dtype=np.float32)
    found[1] = 0.1 * np.arange(found.shape[1]) / HZ
    found[10, 5 * HZ :] = 1.0
    return found


def drawn(arrangement: str, **more: str) -> ElementTree.Element:
    kept = {"title": "an ECG", **more}
    svg = ecg_paper.draw(signal(), sampling_hz=HZ, arrangement=arrangement, **kept)
    return ElementTree.fromstring(svg)


def traces(root: ElementTree.Element) -> list[tuple[float, float, np.ndarray]]:
    """Each trace: where its path begins, and its points in mm from there, up being negative."""
    found = []
    for path in root.iter(f"{SVG}path"):
        if path.get("class") != "trace":
            continue
        x, y = map(float, re.findall(r"-?[\d.]+", path.get("transform", ""))[:2])
        numbers = [int(n) for n in re.findall(r"-?\d+", path.get("d", ""))]
        points = np.array(numbers).reshape(-1, 2).cumsum(axis=0) / 100
        found.append((x, y, points))
    return found


def test_a_second_is_25_mm_and_a_millivolt_10_mm() -> None:
    rhythm = traces(drawn("3 × 4 and rhythm"))[-1][2]

    assert rhythm[-1, 0] == pytest.approx(25 * (10 - 1 / HZ), abs=0.01)
    assert -rhythm[-1, 1] == pytest.approx(10 * 0.1 * 10, abs=0.02), "0.1 mV/s for ten seconds"
    v5 = traces(drawn("all leads"))[10][2]
    assert v5[:, 1].min() == -10.0
    assert v5[np.argmin(v5[:, 1]), 0] == pytest.approx(125.0), "the step comes at 5 s"


def test_the_usual_arrangement_shows_a_quarter_of_each_lead_and_lead_two_whole() -> None:
    found = traces(drawn("3 × 4 and rhythm"))

    assert len(found) == 13
    assert [round(points[-1, 0]) for _, _, points in found] == [62] * 12 + [250]
    assert len({x for x, _, _ in found[:12]}) == 4, "columns"
    assert len({y for _, y, _ in found}) == 4, "rows"
    v5 = found[10][2]  # its quarter begins at 7.5 s, when it is at 1 mV
    assert set(v5[:, 1]) == {-10.0}
    names = [text.text for text in drawn("3 × 4 and rhythm").iter(f"{SVG}text")][:13]
    assert names == [
        "I",
        "II",
        "III",
        "aVR",
        "aVL",
        "aVF",
        "V1",
        "V2",
        "V3",
        "V4",
        "V5",
        "V6",
        "II",
    ]


@pytest.mark.parametrize("arrangement", ecg_paper.ARRANGEMENTS)
def test_each_row_has_a_calibration_pulse_and_everything_lies_on_the_paper(
    arrangement: str,
) -> None:
    root = drawn(arrangement)
    width, height = float(root.get("width", "")[:-2]), float(root.get("height", "")[:-2])

    assert root.get("viewBox") == f"0 0 {width:g} {height:g}", "a millimetre is a millimetre"
    pulses = [p.get("d", "") for p in root.iter(f"{SVG}path") if p.get("class") == "pulse"]
    assert len(pulses) == len({y for _, y, _ in traces(root)})
    assert all("v-10h5v10" in pulse for pulse in pulses), "1 mV high, 0.2 s wide"
    for x, _, points in traces(root):
        assert x > 0
        assert x + points[-1, 0] < width
    grid = {p.get("id"): p.get("width") for p in root.iter(f"{SVG}pattern")}
    assert grid == {"mm": "1", "mm5": "5"}


def test_a_title_of_other_peoples_words_stays_text() -> None:
    hostile = '"><script>alert(1)</script> & more'
    root = drawn("all leads", title=hostile)

    assert root.get("aria-label") == hostile
    assert root.find(f"{SVG}title").text == hostile  # type: ignore[union-attr]
    assert not list(root.iter(f"{SVG}script"))


def test_anything_but_twelve_leads_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(8, 100\)"):
        ecg_paper.draw(np.zeros((8, 100)), sampling_hz=HZ, arrangement="all leads", title="")
