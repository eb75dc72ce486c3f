import struct

import pytest

from trainwell.errors import InputError
from trainwell.report.figures import curve, save, save_figures


def test_a_png_has_the_resolution_asked_for(run, tmp_path):
    path = save(curve(run), tmp_path / "loss.png", resolution=200)
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    assert (width, height) == (1120, 660)


def test_an_svg_is_written_by_its_ending(run, tmp_path):
    path = save(curve(run), tmp_path / "loss.SVG")
    assert b"<svg" in path.read_bytes()


def test_every_figure_is_saved_under_its_name(run, tmp_path):
    paths = save_figures(run, tmp_path / "new" / "figures", resolution=40)
    assert [path.name for path in paths] == [
        f"{name}.png" for name in ("loss", "accuracy", "learning_rate", "range_test", "confusion", "recall")
    ]
    assert sorted(path.name for path in (tmp_path / "new" / "figures").iterdir()) == sorted(path.name for path in paths)


@pytest.mark.heavy
def test_figures_in_the_dark_style_as_svg(run, tmp_path):
    paths = save_figures(run, tmp_path, format="svg", style="dark")
    assert b"#14171c" in paths[0].read_bytes()


@pytest.mark.parametrize("name", ["loss.pdf", "loss", "loss.jpeg"])
def test_other_formats_are_refused_by_name(run, tmp_path, name):
    with pytest.raises(InputError, match="Figures are written as PNG or SVG, not as") as caught:
        save(curve(run), tmp_path / name)
    assert ".png or .svg" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("resolution", [0, -1, float("nan")])
def test_a_resolution_is_above_zero(run, tmp_path, resolution):
    with pytest.raises(InputError, match="above 0"):
        save(curve(run), tmp_path / "loss.png", resolution)


def test_a_missing_folder_is_named(run, tmp_path):
    with pytest.raises(InputError, match=r"The folder '.*nowhere' for loss\.png does not exist"):
        save(curve(run), tmp_path / "nowhere" / "loss.png")


def test_an_unknown_style_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="There is no style 'sepia'"):
        save_figures(run, tmp_path, style="sepia")


def test_a_write_that_fails_leaves_the_earlier_figure(run, tmp_path, monkeypatch):
    path = save(curve(run), tmp_path / "loss.png", 40)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    with pytest.raises(OSError, match="No space left"):
        save(curve(run), path, 80)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
