import re

import pytest

from corpuscle.data.units import (
    FRAMES,
    LENGTH,
    METRES,
    PLAIN,
    RATE,
    SECONDS,
    Scale,
    convert_quantity,
    parse_metres,
    parse_seconds,
    split_quantity,
)

SCALE = Scale(pixel_size=0.16e-6, frame_interval=0.05)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("5", 5.0, ""),
        (" 0.8 um ", 0.8, "um"),
        (".5", 0.5, ""),
        ("5.", 5.0, ""),
        ("-1e-3µm", -1e-3, "µm"),
        ("+2E2", 200, ""),
    ],
)
def test_a_quantity_is_a_number_and_a_unit(text: str, number: float, unit: str) -> None:
    assert split_quantity(text) == (number, unit)


@pytest.mark.parametrize("text", ["", "um", "1,5", "nan", "inf", "5 um um", "1.2.3", "--1"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    said = f"expected a number, perhaps with a unit (5, 0.8um, 50ms), not {text!r}"
    with pytest.raises(ValueError, match=re.escape(said)):
        split_quantity(text)


def test_lengths_and_times_are_read_in_si() -> None:
    assert parse_metres("160nm") == pytest.approx(160e-9)
    assert parse_metres("0.16") == pytest.approx(0.16e-6)
    assert parse_metres("2", default="mm") == pytest.approx(2e-3)
    assert parse_seconds("50ms") == pytest.approx(0.05)
    assert parse_seconds("2") == 2.0


def test_micro_may_be_written_in_three_ways() -> None:
    assert METRES["um"] == METRES["\u00b5m"] == METRES["\u03bcm"]
    assert SECONDS["us"] == SECONDS["\u00b5s"]


def test_a_unit_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("expected a unit of length (nm, um") + ".*not 's' in '5s'"):
        parse_metres("5s")
    with pytest.raises(ValueError, match=re.escape("expected a unit of time (us") + ".*not 'um' in '5um'"):
        parse_seconds("5um")


@pytest.mark.parametrize("text", ["0", "-5nm"])
def test_lengths_and_times_are_above_zero(text: str) -> None:
    with pytest.raises(ValueError, match=f"expected a length above zero, not '{text}'"):
        parse_metres(text)
    with pytest.raises(ValueError, match="expected a time above zero, not '0s'"):
        parse_seconds("0s")


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("5", LENGTH, 5.0),
        ("5px", LENGTH, 5.0),
        ("5 pixel", LENGTH, 5.0),
        ("0.8um", LENGTH, 5.0),
        ("800nm", LENGTH, 5.0),
        ("3", FRAMES, 3.0),
        ("3 frames", FRAMES, 3.0),
        ("150ms", FRAMES, 3.0),
        ("0.5", PLAIN, 0.5),
        ("0.5", RATE, 0.5),
    ],
)
def test_settings_are_read_in_the_units_of_the_table(text: str, dimension: str, value: float) -> None:
    assert convert_quantity(text, dimension, SCALE) == value


def test_a_unit_needs_its_scale() -> None:
    said = re.escape("'0.8um' needs the length of one unit of position: say --pixel-size (pixel_size=)")
    with pytest.raises(ValueError, match=said):
        convert_quantity("0.8um", LENGTH, Scale(frame_interval=1.0))
    said = re.escape("'50ms' needs the time of one frame: say --frame-interval (frame_interval=)")
    with pytest.raises(ValueError, match=said):
        convert_quantity("50ms", FRAMES, Scale(pixel_size=1.0))


@pytest.mark.parametrize(
    ("text", "dimension", "wanted"),
    [
        ("5s", LENGTH, "a length"),
        ("5furlong", LENGTH, "a length"),
        ("5um", FRAMES, "a number of frames or a time"),
        ("5px", FRAMES, "a number of frames or a time"),
        ("5um", PLAIN, "a plain number"),
        ("5px", RATE, "a plain number"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused(text: str, dimension: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"expected {wanted}, not '{text}'"):
        convert_quantity(text, dimension, SCALE)
