import numpy as np
import pytest
from PIL import Image

from trainwell.datasets.image_folder import load_image_folder
from trainwell.errors import InputError


def put(folder, count, value=100, size=(8, 6), colour=False, suffix="png"):
    """Writes images of one value (and of their number, so that no two are alike) into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        array = np.full((*size, 3) if colour else size, value + number, np.uint8)
        Image.fromarray(array).save(folder / f"{number:03}.{suffix}")
    return folder


@pytest.fixture
def flowers(tmp_path):
    put(tmp_path / "flowers" / "rose", 10, 150)
    put(tmp_path / "flowers" / "daisy", 10, 50)
    return tmp_path / "flowers"


def all_rows(dataset):
    return np.sort(np.concatenate([dataset.train.rows, dataset.validation.rows, dataset.test.rows]))


def test_a_folder_a_class(flowers):
    dataset = load_image_folder(flowers)
    assert (dataset.name, dataset.task, dataset.kind) == ("flowers", "binary", "image")
    assert dataset.classes == ("daisy", "rose")
    assert all_rows(dataset).tolist() == list(range(20))
    for part in (dataset.train, dataset.validation, dataset.test):
        assert part.x.shape == (len(part), 8, 6)
        assert part.x.dtype == np.uint8
        assert np.array_equal(part.y, part.x[:, 0, 0] >= 150)
    assert dataset.encoder.to_json() == {"kind": "image", "shape": [8, 6], "white": 255}
    assert dataset.source["kind"] == "images"
    assert len(dataset.source["sha256"]) == 64


def test_the_seed_alone_decides_the_split(flowers):
    first, again, other = (load_image_folder(flowers, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.train.rows, again.train.rows)
    assert not np.array_equal(first.train.rows, other.train.rows)
    assert first.source == other.source


def test_another_picture_is_another_source(flowers):
    before = load_image_folder(flowers).source["sha256"]
    Image.fromarray(np.full((8, 6), 1, np.uint8)).save(flowers / "rose" / "000.png")
    assert load_image_folder(flowers).source["sha256"] != before


def test_parts_are_kept_as_they_are(tmp_path):
    for part, count in (("Train", 6), ("val", 2), ("test", 3)):
        put(tmp_path / part / "rose", count, 150)
        put(tmp_path / part / "daisy", count, 50)
    dataset = load_image_folder(tmp_path)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [12, 4, 6]
    assert all_rows(dataset).tolist() == list(range(22))
    assert "The split is the folder's own, for: train, validation, test." in dataset.notes
    with pytest.raises(InputError, match=r"test share of 0\.3 was asked for, but .* has its own test part"):
        load_image_folder(tmp_path, test_share=0.3)


def test_parts_that_are_lacking_are_cut_from_training(tmp_path):
    for part, count in (("train", 10), ("test", 3)):
        put(tmp_path / part / "rose", count, 150)
        put(tmp_path / part / "daisy", count, 50)
    dataset = load_image_folder(tmp_path, validation_share=0.2)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [16, 4, 6]
    assert set(dataset.validation.rows) < set(range(20))
    assert np.array_equal(dataset.validation.y, dataset.validation.x[:, 0, 0] >= 150)


def test_hidden_files_do_not_count_and_others_are_told(flowers):
    (flowers / ".DS_Store").write_text("")
    (flowers / "rose" / ".hidden.png").write_text("")
    (flowers / ".ipynb_checkpoints").mkdir()
    (flowers / "rose" / "about.txt").write_text("roses")
    (flowers / "README").write_text("flowers")
    dataset = load_image_folder(flowers)
    assert len(all_rows(dataset)) == 20
    assert "Files that are no images were left out (2): 'README', 'rose/about.txt'." in dataset.notes


def test_other_sizes_are_brought_to_the_most_frequent_one(flowers):
    put(flowers / "tulip", 4, 200, size=(9, 9))
    dataset = load_image_folder(flowers)
    assert dataset.train.x.shape[1:] == (8, 6)
    assert any("2 different sizes; 4 of 24 were resized" in note and "8 x 6" in note for note in dataset.notes)


def test_of_equally_frequent_sizes_the_larger_counts(tmp_path):
    put(tmp_path / "rose", 5, 150, size=(9, 9))
    put(tmp_path / "daisy", 5, 50, size=(8, 12))
    assert load_image_folder(tmp_path).train.x.shape[1:] == (8, 12)


def test_large_images_are_made_smaller(tmp_path):
    put(tmp_path / "rose", 4, 150, size=(100, 512))
    put(tmp_path / "daisy", 4, 50, size=(100, 512))
    dataset = load_image_folder(tmp_path)
    assert dataset.train.x.shape[1:] == (50, 256)
    assert "Images of 100 x 512 were made smaller, to 50 x 256." in dataset.notes


def test_one_colour_image_makes_all_colour(flowers):
    put(flowers / "tulip", 4, 200, colour=True)
    dataset = load_image_folder(flowers)
    assert dataset.train.x.shape[1:] == (8, 6, 3)
    assert dataset.task == "multi-class"
    assert "20 of 24 images are greyscale and were read as colour." in dataset.notes


def test_an_image_that_does_not_decode_is_named(flowers):
    (flowers / "rose" / "004.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"rose/004\.png does not decode"):
        load_image_folder(flowers)


REFUSED = {
    "empty": ({"": 0}, "has no folders with images in it"),
    "flat": ({"": 3}, "has images but no folders in it"),
    "one class": ({"rose": 5}, "has one class only, 'rose'"),
    "a hollow class": ({"rose": 5, "daisy": 0}, r"Class folder .*daisy has no images"),
    "a deep class": ({"rose": 5, "daisy/wild": 5}, r"Class folder .*daisy has folders in it: 'wild'"),
    "beside": ({"rose": 5, "daisy": 5, "": 1}, r"000\.png lies beside the folders of classes"),
    "no training": (
        {"validation/rose": 5, "validation/daisy": 5, "test/rose": 5, "test/daisy": 5},
        "has 'test', 'validation', but no folder 'train'",
    ),
    "a part twice": (
        {"train/rose": 5, "train/daisy": 5, "val/rose": 5, "val/daisy": 5, "valid/rose": 5, "valid/daisy": 5},
        "'val' and 'valid' of .* both name the validation part",
    ),
    "an unknown class": (
        {"train/rose": 5, "train/daisy": 5, "test/rose": 5, "test/tulip": 5},
        r"test has classes that .*train lacks: 'tulip'",
    ),
    "a single member": ({"rose": 1, "daisy": 5}, r"fewer than two members.*rose"),
    "parts without classes": ({"train": 5, "test": 5}, "has no folders of classes in it"),
}


@pytest.mark.parametrize(("layout", "complaint"), REFUSED.values(), ids=REFUSED)
def test_a_folder_that_cannot_be_used_is_refused(tmp_path, layout, complaint):
    for folder, count in layout.items():
        put(tmp_path / "pictures" / folder, count)
    with pytest.raises(InputError, match=complaint) as caught:
        load_image_folder(tmp_path / "pictures")
    assert caught.value.hint


def test_a_folder_that_may_not_be_read_is_refused(flowers, monkeypatch):
    def forbidden(_folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", forbidden)
    with pytest.raises(InputError, match=r"flowers cannot be read: .*Permission denied"):
        load_image_folder(flowers)


def test_too_many_for_the_memory_are_refused_before_they_are_read(flowers, monkeypatch):
    monkeypatch.setattr("trainwell.datasets.memory.free_memory", lambda: 2000)
    with pytest.raises(InputError, match=r"The 20 images of .*flowers at 8 x 6 would take"):
        load_image_folder(flowers)
