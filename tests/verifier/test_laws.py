"""Laws of scaling curves: planted exponents come back, short ranges get words."""

from dataclasses import replace

import pandas as pd
import pytest

from verifier import laws, scaling
from verifier.trained import BATCH, RECORDS, Trained

SIZES = (64, 181, 512, 1448, 4096)


def trained(size: int, seed: int, error: float, **more: object) -> Trained:
    kept = {
        "run_id": size * 10 + seed, "data": "synthetic", "backbone": "s4d", "objective": "cpc",
        "n_updates": 300, "n_pairs": size, "batch_size": 32, "recipe": "{}",
        "values": {"linear": 1 - error}, **more,
    }  # fmt: skip
    return Trained(seed=seed, n_records=size, **kept)  # type: ignore[arg-type]


def planted(exponent: float, *, sizes: tuple[int, ...] = SIZES, n_seeds: int = 4) -> pd.DataFrame:
    """error = 2 n^-exponent, each seed a constant factor beside it: every seed has the exponent."""
    found = [
        trained(size, seed, 2 * size**-exponent * (1 + 0.01 * seed))
        for size in sizes
        for seed in range(n_seeds)
    ]
    return scaling.points_of(found)


def test_a_planted_exponent_comes_back_and_the_largest_size_is_foretold() -> None:
    [line] = laws.lines(planted(0.3))

    assert line.law is not None
    assert line.law.exponent == pytest.approx(0.3, abs=1e-6)
    assert line.law.low <= 0.3 + 1e-9
    assert line.law.high >= 0.3 - 1e-9
    [told] = laws.held_out([line]).to_dict("records")
    assert told["n_records"] == 4096
    assert told["predicted"] == pytest.approx(2 * 4096**-0.3 * 1.015, rel=0.02)
    assert told["measured"] == pytest.approx(2 * 4096**-0.3 * 1.015, rel=1e-6)


def test_the_band_holds_the_curve_and_stays_within_what_was_measured() -> None:
    drawn = laws.curves(laws.lines(planted(0.3)))

    assert drawn["n_records"].min() == pytest.approx(64)
    assert drawn["n_records"].max() == pytest.approx(4096)
    assert (drawn["low"] <= drawn["high"]).all()
    middle = 2 * drawn["n_records"] ** -0.3
    assert (drawn["low"] < middle * 1.04).all()
    assert (drawn["high"] > middle * 0.99).all()


def test_a_short_range_gets_words_and_no_law() -> None:
    found = laws.lines(planted(0.3, sizes=(64, 100, 128)))

    assert [line.law for line in found] == [None]
    [row] = laws.table(found).to_dict("records")
    assert row["why_not"] == "insufficient range: 3 sizes over 0.3 decades, 4 seeds"
    assert pd.isna(row["exponent"])
    assert laws.curves(found).empty
    assert laws.held_out(found).empty


def test_a_sentence_names_the_lines_that_are_too_short_for_a_law_and_counts_many() -> None:
    rule = "A law takes 5 sizes over 1.5 decades with 3 seeds at each."
    [long] = laws.lines(planted(0.3))
    [short] = laws.lines(planted(0.3, sizes=(64, 100, 128)))
    others = [replace(short, objective=name) for name in ("jepa", "hubert", "dinosr")]

    assert laws.range_note([long]) is None
    assert laws.range_note([short]) == f"Insufficient range: every line. {rule}"
    assert laws.range_note([long, *others[:2]]) == f"Insufficient range: jepa, hubert. {rule}"
    assert laws.range_note([long, short, *others]) == (f"Insufficient range: 4 of 5 lines. {rule}")


def test_only_seeds_that_have_every_size_are_fitted() -> None:
    whole = [trained(s, seed, 2 * s**-0.3) for s in SIZES for seed in range(3)]
    [line] = laws.lines(scaling.points_of([*whole, trained(64, 9, 0.9)]))
    assert (line.n_seeds, line.law is not None) == (3, True)

    apart = [trained(s, 100 * s + seed, 2 * s**-0.3) for s in SIZES for seed in range(3)]
    [line] = laws.lines(scaling.points_of(apart))
    assert line.law is None
    assert line.why_not == "insufficient range: 0 seeds have every size"


def test_alignment_measures_are_curves_of_the_same_form_along_pairs_and_batch_size() -> None:
    found = [
        trained(
            512, seed, 0.5, batch_size=batch,
            values={"R@10": 0.2 + 0.001 * batch, "modality gap": 0.8},
        )
        for batch in (8, 16, 32)
        for seed in range(3)
    ]  # fmt: skip

    points = scaling.points_of(found, measure="R@10", along=BATCH)

    assert list(points["n_records"]) == [8, 16, 32]
    assert points["error"].tolist() == pytest.approx([0.792, 0.784, 0.768])
    assert points["series"].nunique() == 1, "runs that differ in the batch size alone"
    gap = scaling.points_of(found, measure="modality gap", along=BATCH)
    assert gap["error"].tolist() == pytest.approx([0.8] * 3), "less is better as it stands"
    apart = scaling.points_of(found, measure="R@10", along=RECORDS)
    assert apart["series"].nunique() == 3, "batch sizes are never averaged together"
