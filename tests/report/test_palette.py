import pytest

from trainwell.report.palette import STYLES, blend, contrast_ratio, luminance, readable_on


def test_black_on_white_has_the_greatest_contrast():
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert luminance("#ffffff") == pytest.approx(1)


def test_blends_reach_both_ends():
    assert blend("#102030", "#405060", 0) == "#102030"
    assert blend("#102030", "#405060", 1) == "#405060"


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("ground", ["paper", "panel"])
@pytest.mark.parametrize("color", ["ink", "muted", "contrast"])
def test_text_can_be_read_on_every_ground(style, ground, color):
    assert contrast_ratio(getattr(style, color), getattr(style, ground)) >= 4.2


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_numbers_in_cells_can_be_read_at_every_share(style):
    for share in (part / 20 for part in range(21)):
        for color in (style.accent, style.contrast):
            cell = blend(style.panel, color, share)
            assert contrast_ratio(readable_on(cell), cell) >= 3.9
