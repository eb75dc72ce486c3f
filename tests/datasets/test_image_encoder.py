import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trainwell.datasets.image_encoder import ImageEncoder
from trainwell.errors import InputError


@given(st.integers(1, 300), st.integers(1, 300), st.booleans(), st.integers(1, 255))
def test_json_brings_back_the_same_encoder(height, width, colour, white):
    encoder = ImageEncoder((height, width, 3) if colour else (height, width), white)
    assert ImageEncoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder


def test_files_are_read_as_in_training(tmp_path):
    Image.fromarray(np.full((6, 6), 255, np.uint8)).save(tmp_path / "white.png")
    Image.fromarray(np.zeros((3, 9, 3), np.uint8)).save(tmp_path / "black.bmp")
    paths = [tmp_path / "white.png", tmp_path / "black.bmp"]
    grey = ImageEncoder((4, 5)).read(paths)
    assert grey.shape == (2, 4, 5)
    assert grey.dtype == np.uint8
    assert grey[:, 0, 0].tolist() == [255, 0]
    assert ImageEncoder((4, 5, 3)).read(paths).shape == (2, 4, 5, 3)


def test_white_is_scaled_to_that_of_the_training(tmp_path):
    Image.fromarray(np.array([[0, 8, 128, 255]], np.uint8)).save(tmp_path / "a.png")
    assert ImageEncoder((1, 4), white=16).read([tmp_path / "a.png"]).tolist() == [[[0, 1, 8, 16]]]


@given(st.sampled_from([np.uint8, np.int64, np.float32]))
def test_whole_numbers_of_any_type_are_taken(dtype):
    images = np.arange(24).reshape(2, 3, 4)
    found = ImageEncoder((3, 4)).transform(images.astype(dtype))
    assert found.dtype == np.uint8
    assert np.array_equal(found, images)
    assert np.array_equal(ImageEncoder((3, 4)).transform(images[..., None].astype(dtype)), images)


@pytest.mark.parametrize(
    ("images", "complaint"),
    [
        (np.zeros((2, 4, 3), np.uint8), r"shape \(2, 4, 3\); .* shape \(rows, 3, 4\)"),
        (np.zeros((3, 4), np.uint8), r"shape \(3, 4\)"),
        (np.zeros((), np.uint8), r"shape \(\)"),
        (np.full((1, 3, 4), 0.5), r"float64 from 0\.5 to 0\.5; expected whole numbers from 0 to 255"),
        (np.full((1, 3, 4), -1), "from -1 to -1"),
        (np.full((1, 3, 4), 256), "from 256 to 256"),
        (np.full((1, 3, 4), np.nan), "nan"),
        (np.full((1, 3, 4), "a"), "values of type <U1"),
    ],
)
def test_other_arrays_are_refused(images, complaint):
    with pytest.raises(InputError, match=complaint):
        ImageEncoder((3, 4)).transform(images)


def test_too_many_images_for_the_memory_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("trainwell.datasets.memory.free_memory", lambda: 1000)
    with pytest.raises(InputError, match="2 images would take"):
        ImageEncoder((20, 20)).read([tmp_path / "a.png", tmp_path / "b.png"])


@pytest.mark.parametrize("document", [{"kind": "image"}, {"shape": None, "white": 255}, {"shape": ["a"], "white": 1}])
def test_a_damaged_document_is_refused(document):
    with pytest.raises(InputError, match="needs `shape` and `white`"):
        ImageEncoder.from_json(document)
