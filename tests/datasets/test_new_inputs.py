import numpy as np
import pytest
from PIL import Image

from trainwell.datasets import encoder_from_json, load, read_new
from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.image_encoder import ImageEncoder
from trainwell.errors import InputError

GREY = np.arange(20, dtype=np.uint8).reshape(5, 4)


@pytest.fixture
def pictures(tmp_path):
    for name in ("b.png", "deep/er/a.png", ".hidden.png", ".cache/c.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(GREY).save(path)
    (tmp_path / "pictures" / "notes.txt").write_text("words")
    return tmp_path / "pictures"


def test_a_folder_of_images_at_any_depth(pictures):
    x, labels = read_new(ImageEncoder((5, 4)), pictures)
    assert labels == ["b.png", "deep/er/a.png"]
    assert np.array_equal(x, np.stack([GREY] * 2))


def test_one_image(pictures):
    x, labels = read_new(ImageEncoder((5, 4)), str(pictures / "b.png"))
    assert (x.shape, labels) == ((1, 5, 4), ["b.png"])


@pytest.mark.parametrize("name", ["new.npz", "new.npy", "only.npz"])
def test_arrays_of_images(tmp_path, name):
    images = np.stack([GREY, GREY + 1])
    np.savez(tmp_path / "new.npz", x=images, y=[0, 1])
    np.savez(tmp_path / "only.npz", pictures=images)
    np.save(tmp_path / "new.npy", images)
    x, labels = read_new(ImageEncoder((5, 4)), tmp_path / name)
    assert np.array_equal(x, images)
    assert labels == [0, 1]


def test_arrays(tmp_path):
    np.savez(tmp_path / "new.npz", x=np.arange(6).reshape(2, 3))
    x, labels = read_new(ArrayEncoder((3,)), tmp_path / "new.npz")
    assert (x.dtype, x.tolist(), len(labels)) == (np.float32, [[0, 1, 2], [3, 4, 5]], 2)


def test_a_built_in_table_predicts_from_a_file(tmp_path):
    dataset = load("wine")
    names = dataset.encoder.feature_names
    row = [float(value) for value in dataset.test.x["numeric"][0]]
    (tmp_path / "new.csv").write_text(",".join(["extra", *names]) + "\nsome," + ",".join(map(repr, row)) + "\n")
    x, labels = read_new(encoder_from_json(dataset.encoder.to_json()), tmp_path / "new.csv")
    assert np.array_equal(x["numeric"], dataset.test.x["numeric"][:1])
    assert labels == [0]


def test_a_built_in_image_set_predicts_from_a_file(tmp_path):
    dataset = load("digits")
    levels = dataset.test.x[0].astype(float) * 255 / 16
    Image.fromarray(np.round(levels).astype(np.uint8)).save(tmp_path / "digit.png")
    x, _ = read_new(encoder_from_json(dataset.encoder.to_json()), tmp_path / "digit.png")
    assert np.array_equal(x[0], dataset.test.x[0])


@pytest.mark.parametrize(
    ("encoder", "name", "complaint"),
    [
        (ImageEncoder((5, 4)), "gone", "no file or folder '.*gone'"),
        (ArrayEncoder((3,)), "gone.npz", "no file or folder '.*gone.npz'"),
        (ImageEncoder((5, 4)), "words.txt", "words.txt is no image"),
        (ArrayEncoder((3,)), "words.txt", "words.txt is no array file"),
        (ImageEncoder((5, 4)), "empty", "empty has no images in it or below it"),
        (ArrayEncoder((3,)), "two.npz", "two.npz has no array 'x'; it has 'a', 'b'"),
        (ArrayEncoder((3,)), "none.npy", "none.npy has no rows to predict"),
        (ImageEncoder((5, 4)), "none.npy", r"shape \(0, 3\)"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, encoder, name, complaint):
    (tmp_path / "words.txt").write_text("words")
    (tmp_path / "empty").mkdir()
    np.savez(tmp_path / "two.npz", a=np.zeros(3), b=np.zeros(3))
    np.save(tmp_path / "none.npy", np.zeros((0, 3)))
    with pytest.raises(InputError, match=complaint) as caught:
        read_new(encoder, tmp_path / name)
    assert caught.value.hint
