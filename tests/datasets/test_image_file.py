import warnings

import numpy as np
import pytest
from PIL import Image

from trainwell.datasets.image_file import look, read_pixels
from trainwell.errors import InputError

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


def save(path, array, mode=None, **options):
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def pixels(path, *, colour=False, height=3, width=4):
    return read_pixels(path, height=height, width=width, colour=colour)


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif"])
def test_grey_images_keep_their_values(tmp_path, suffix):
    path = save(tmp_path / f"a.{suffix}", GREY)
    assert np.array_equal(pixels(path), GREY)
    assert look(path)[:2] == (3, 4)


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_lossy_formats_are_read(tmp_path, suffix):
    path = save(tmp_path / f"a.{suffix}", np.full((8, 8, 3), (200, 30, 30), np.uint8), quality=95)
    assert look(path) == (8, 8, True)
    assert np.abs(pixels(path, colour=True, height=8, width=8).astype(int) - (200, 30, 30)).max() < 8


def test_grey_becomes_colour_and_colour_grey(tmp_path):
    path = save(tmp_path / "a.png", GREY)
    assert np.array_equal(pixels(path, colour=True), np.stack([GREY] * 3, axis=-1))
    path = save(tmp_path / "b.png", np.stack([GREY] * 3, axis=-1))
    assert np.array_equal(pixels(path), GREY)


def test_the_transparent_is_white(tmp_path):
    colours = np.zeros((3, 4, 4), np.uint8)
    colours[0, 0] = 10, 20, 30, 255
    path = save(tmp_path / "a.png", colours)
    found = pixels(path, colour=True)
    assert found[0, 0].tolist() == [10, 20, 30]
    assert (found[1:] == 255).all()
    path = save(tmp_path / "b.png", colours, "LA")
    assert look(path).colour is False
    assert pixels(path)[2, 3] == 255


def test_a_transparent_palette_is_white(tmp_path):
    image = Image.new("P", (4, 3), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=0)
    found = pixels(tmp_path / "a.png", colour=True)
    assert found[0, 0].tolist() == [255, 255, 255]
    assert found[0, 1].tolist() == [255, 0, 0]


def test_the_first_frame_counts(tmp_path):
    frames = [Image.fromarray(np.full((3, 4), value, np.uint8)) for value in (50, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (pixels(tmp_path / "a.gif") == 50).all()


def test_deep_grey_keeps_its_high_bits(tmp_path):
    path = save(tmp_path / "a.png", (np.arange(12).reshape(3, 4) * 5000).astype(np.uint16))
    assert pixels(path).ravel().tolist() == [value * 5000 >> 8 for value in range(12)]


def test_black_and_white_becomes_the_two_ends(tmp_path):
    path = save(tmp_path / "a.png", GREY > 100)
    assert np.array_equal(pixels(path), (GREY > 100) * np.uint8(255))


def test_a_camera_held_sideways_is_put_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.png", GREY, exif=exif)
    assert look(path)[:2] == (4, 3)
    assert np.array_equal(pixels(path, height=4, width=3), np.rot90(GREY, -1))


def test_other_sizes_are_resized(tmp_path):
    path = save(tmp_path / "a.png", np.full((30, 20), 77, np.uint8))
    assert (pixels(path) == 77).all()


@pytest.mark.parametrize(
    ("content", "complaint"), [(b"", "it is empty"), (b"no picture", "cannot identify"), (None, "truncated")]
)
def test_what_does_not_decode_is_named(tmp_path, content, complaint):
    path = tmp_path / "broken.png"
    if content is None:
        noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
        content = save(path, noise).read_bytes()[:2000]
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"broken\.png does not decode: .*{complaint}"):
        pixels(path)


def test_a_claim_of_too_many_pixels_is_refused(tmp_path, monkeypatch):
    path = save(tmp_path / "a.png", GREY)
    monkeypatch.setattr("trainwell.datasets.image_file.MOST_PIXELS", 11)
    with pytest.raises(InputError, match=r"a\.png has 12 pixels; expected at most 11"):
        pixels(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    with warnings.catch_warnings(), pytest.raises(InputError, match=r"a\.png does not decode: .*bomb"):
        look(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.png does not exist"):
        look(tmp_path / "none.png")
