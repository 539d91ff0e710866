"""Records of any layout: what is read is exact, what is not is refused with the reason."""

import contextlib
import shutil
import subprocess
import warnings
from fractions import Fraction
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from models.data import _wfdb_plain, _wfdb_record
from models.data._records import LEADS
from models.data._resampling import resampled
from models.data._wfdb_record import (
    DamagedRecordError,
    UnsuitableRecordError,
    lead_named,
    quiet_wfdb,
    read_any,
)

ARCHIVE = Path(__file__).parents[3] / "shared" / "data" / "wfdb_samples.tar.xz"


def millivolts(n_times: int = 1000, *, size_mv: float = 0.3, n_leads: int = 12) -> np.ndarray:
    noise = np.random.default_rng(n_times).normal(scale=size_mv, size=(n_times, n_leads))
    return np.round(noise, 3)


def read(path, **changes):
    return read_any(path, **{"sampling_hz": 100, "record_s": 10.0, **changes})


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "508", "516", "524"])
def test_every_format_is_read_to_the_microvolt(tmp_path, write_wfdb, fmt):
    size = 0.03 if fmt in ("80", "508") else 0.3  # eight bits reach 0.127 mV
    values = np.clip(millivolts(size_mv=size), -4 * size, 4 * size).round(3)
    write_wfdb(tmp_path / "a", values, fmt=[fmt] * 12)
    np.testing.assert_array_equal(read(tmp_path / "a"), np.rint(values.T * 1000))


def test_the_fast_reader_agrees_with_wfdb_in_every_bit(tmp_path, write_wfdb):
    write_wfdb(tmp_path / "a", millivolts(5000), hz=500, adc_gain=[4880.0] * 12, baseline=[7] * 12)
    fast = read(tmp_path / "a", sampling_hz=240)
    with mock.patch.object(_wfdb_plain, "read", return_value=None):
        slow = read(tmp_path / "a", sampling_hz=240)
    assert _wfdb_plain.read(tmp_path / "a") is not None
    np.testing.assert_array_equal(fast, slow)


def test_a_matlab_file_with_its_offset_is_read_fast_too(tmp_path, write_wfdb):
    """The challenge's layout: 24 bytes of MATLAB 4 header before the samples."""
    values = millivolts()
    write_wfdb(tmp_path / "a", values)
    content = (tmp_path / "a.dat").read_bytes()
    (tmp_path / "a.dat").unlink()
    (tmp_path / "a.mat").write_bytes(b"\7" * 24 + content)
    header = (tmp_path / "a.hea").read_text().replace("a.dat 16 ", "a.mat 16+24 ")
    (tmp_path / "a.hea").write_text(header)
    assert _wfdb_plain.read(tmp_path / "a") is not None
    np.testing.assert_array_equal(read(tmp_path / "a"), np.rint(values.T * 1000))


@pytest.mark.parametrize(
    ("fmt", "n_bytes"), [("16", 24_000), ("24", 36_000), ("32", 48_000), ("80", 12_000)]
)
def test_a_file_cut_short_is_named_with_its_size_and_what_it_should_be(
    tmp_path, write_wfdb, fmt, n_bytes
):
    write_wfdb(tmp_path / "a", millivolts(size_mv=0.02).clip(-0.1, 0.1), fmt=[fmt] * 12)
    whole = (tmp_path / "a.dat").read_bytes()
    assert len(whole) == n_bytes
    assert read(tmp_path / "a").shape == (12, 1000)
    (tmp_path / "a.dat").write_bytes(whole[:-1])
    with pytest.raises(DamagedRecordError) as refused:
        read(tmp_path / "a")
    assert str(refused.value) == (
        f"a.dat is cut short: {n_bytes - 1:,} bytes of the {n_bytes:,} that 12 signals of 1,000 "
        f"time points take; download it again"
    )


def test_a_matlab_file_cut_short_is_named_too(tmp_path, write_wfdb):
    write_wfdb(tmp_path / "a", millivolts())
    content = (tmp_path / "a.dat").read_bytes()
    (tmp_path / "a.mat").write_bytes((b"\7" * 24 + content)[:5_000])
    header = (tmp_path / "a.hea").read_text().replace("a.dat 16 ", "a.mat 16+24 ")
    (tmp_path / "a.hea").write_text(header)
    with pytest.raises(DamagedRecordError, match=r"a\.mat is cut short: 5,000 bytes of the 24,024"):
        read(tmp_path / "a")


@pytest.mark.parametrize(("hz", "sampling_hz"), [(500, 240), (257, 240), (1000, 100), (400, 500)])
def test_resampling_is_scipys(tmp_path, write_wfdb, hz, sampling_hz):
    values = millivolts(10 * hz)
    write_wfdb(tmp_path / "a", values, hz=hz)
    common = np.gcd(hz, sampling_hz)
    expected = resample_poly(
        values.T * 1000, sampling_hz // common, hz // common, axis=1, padtype="edge"
    )
    found = read(tmp_path / "a", sampling_hz=sampling_hz)
    assert found.shape == (12, 10 * sampling_hz)
    assert np.abs(found - expected[:, : found.shape[1]]).max() <= 0.5 + 1e-6


def test_a_longer_record_gives_its_first_seconds(tmp_path, write_wfdb):
    values = millivolts(3000)
    write_wfdb(tmp_path / "a", values)
    np.testing.assert_array_equal(read(tmp_path / "a"), np.rint(values[:1000].T * 1000))


@pytest.mark.parametrize(
    ("spelling", "lead"),
    [
        ("avl", "aVL"),
        (" v6 ", "V6"),
        ("Lead II", "II"),
        ("ECG lead I", "I"),
        ("MDC_ECG_LEAD_AVF", "aVF"),
        ("DIII", "III"),
        ("MLII", None),
        ("-aVR", None),  # Cabrera's, upside down
        ("V", None),
        ("vx", None),
    ],
)
def test_leads_are_known_by_their_spellings(spelling, lead):
    assert lead_named(spelling) == lead


def test_leads_come_in_the_usual_order_and_others_are_ignored(tmp_path, write_wfdb):
    values = millivolts(n_leads=14)
    names = ["vx", *(lead.lower() for lead in reversed(LEADS)), "Resp"]
    write_wfdb(tmp_path / "a", values, leads=names)
    expected = np.rint(values[:, 12:0:-1].T * 1000)
    np.testing.assert_array_equal(read(tmp_path / "a"), expected)


def _twice(path, write):
    write(path, millivolts(n_leads=13), leads=[*LEADS, "Lead II"])


def _bit(path, write):
    content = bytearray(path.with_suffix(".dat").read_bytes())
    content[4000] ^= 1
    path.with_suffix(".dat").write_bytes(bytes(content))


def _cut(path, write):
    path.with_suffix(".dat").write_bytes(path.with_suffix(".dat").read_bytes()[:999])


def _invalid(path, write):
    values = millivolts()
    values[500, 3] = np.nan
    write(path, values)


def _segments(path, write):
    path.with_suffix(".hea").write_text("a/2 12 100 1000\nb 500\nc 500\n")


def _text(old, new):
    def harm(path, write):
        header = path.with_suffix(".hea")
        header.write_text(header.read_text().replace(old, new))

    return harm


@pytest.mark.parametrize(
    ("harm", "error", "message"),
    [
        (lambda p, w: p.with_suffix(".dat").unlink(), DamagedRecordError, "a.dat is missing"),
        (lambda p, w: p.with_suffix(".hea").unlink(), DamagedRecordError, "a.hea is missing"),
        (_text("a 12", "a twelve"), DamagedRecordError, "unreadable"),
        (_text("a 12", "a 13"), DamagedRecordError, "states 13 signals and names 12"),
        (_bit, DamagedRecordError, "checksum of lead"),
        (_cut, DamagedRecordError, "999 bytes of the 24,000"),
        (_invalid, DamagedRecordError, "lead aVR are marked invalid"),
        (lambda p, w: w(p, np.zeros((1000, 12))), DamagedRecordError, "flat at 0"),
        (_text("1000.0(0)/mV", "0(0)/mV"), DamagedRecordError, "gain of 0"),
        (_text("1000.0(0)/mV", "10.0(0)/mV"), DamagedRecordError, "can be stored"),
        (_text("/mV", "/mmHg"), UnsuitableRecordError, "'mmHg' of lead I is not a voltage"),
        (_text(" V6", " V7"), UnsuitableRecordError, "lead V6 is missing; its signals are I, II"),
        (_text("a.dat 16 ", "a.dat 16:3 "), UnsuitableRecordError, "lead I, II.* is skewed"),
        (_segments, UnsuitableRecordError, "2 segments"),
        (_twice, UnsuitableRecordError, "lead II is there twice"),
        (lambda p, w: w(p, millivolts(700)), UnsuitableRecordError, "7 s long, shorter than 10 s"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, write_wfdb, harm, error, message):
    path = tmp_path / "a"
    write_wfdb(path, millivolts())
    harm(path, write_wfdb)
    with pytest.raises(error, match=message):
        read(path)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_no_change_to_a_header_makes_reading_crash(tmp_path, write_wfdb, data):
    """Read, or one of two errors with a reason: whatever stands in the file."""
    path = tmp_path / "a"
    write_wfdb(path, millivolts())
    text = path.with_suffix(".hea").read_text()
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(start + 6, len(text))))
    new = data.draw(st.text(alphabet="0123456789-+.~/() \naIVm#x", max_size=4))
    path.with_suffix(".hea").write_text(text[:start] + new + text[end:])
    with contextlib.suppress(DamagedRecordError, UnsuitableRecordError):
        assert read(path).shape == (12, 1000)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    if not ARCHIVE.is_file():
        pytest.skip(f"WFDB's odd files are not at {ARCHIVE}")
    if shutil.which("xz") is None:
        pytest.skip("there is no xz to unpack WFDB's odd files")
    folder = tmp_path_factory.mktemp("samples")
    command = ["tar", "-xJf", str(ARCHIVE), "-C", str(folder)]
    subprocess.run(command, check=True, timeout=120)
    return next(folder.rglob("s0010_re.hea")).parent


def test_signals_of_odd_real_files_are_read_or_refused_by_name(samples):
    """Below the check for twelve leads: formats, offsets, skews, frames, checksums, segments."""
    read_well, refused = [], {}
    for header in sorted(samples.glob("*.hea")):
        path = header.with_suffix("")
        try:
            record = _wfdb_record._read_files(path)
        except DamagedRecordError as error:
            refused[path.name] = str(error)
            continue
        read_well.append(path.name)
        assert record.sig_len > 0
        with quiet_wfdb() as wfdb, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = wfdb.rdrecord(str(path), ignore_skew=True)
        if set(record.samps_per_frame) == {1}:
            for place, found in enumerate(record.e_d_signal):
                physical = (found - float(record.baseline[place])) / record.adc_gain[place]
                bits = _wfdb_record._BITS.get(record.fmt[place], 99)
                physical[found == -(2 ** (bits - 1))] = np.nan
                np.testing.assert_allclose(physical, expected.p_signal[:, place])
    assert len(read_well) == 27
    gone = "1003 12726 drive02 drive02-no-len n16 n8_evoked_raw_95_F1_R9 wave_4".split()
    assert refused == {name: f"{name.removesuffix('-no-len')}.dat is missing" for name in gone}


def test_a_real_record_with_odd_lead_names_is_read_in_full(samples):
    """PTB's s0010_re: 15 signals in two files, leads in small letters, 38.4 s at 1,000 Hz."""
    found = read(samples / "s0010_re", sampling_hz=1000)
    with quiet_wfdb() as wfdb:
        record = wfdb.rdrecord(str(samples / "s0010_re"), sampto=10_000)
    assert record.sig_name[:4] == ["i", "ii", "iii", "avr"]
    np.testing.assert_allclose(found, record.p_signal[:, :12].T * 1000, atol=0.5)


@pytest.mark.parametrize(
    ("source_hz", "target_hz"),
    [(500, 240), (500, 100), (100, 240), (257, 240), (360, 240), (400, 250), (100, 101)],
)
def test_a_resampled_signal_is_scipys_to_the_last_digits(source_hz, target_hz):
    signal = np.random.default_rng(0).normal(size=(3, 7 * source_hz + 3)).cumsum(axis=1)
    ratio = Fraction(target_hz, source_hz)
    expected = resample_poly(signal, ratio.numerator, ratio.denominator, axis=1, padtype="edge")
    found = resampled(signal, ratio)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
