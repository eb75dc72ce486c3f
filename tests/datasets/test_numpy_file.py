import numpy as np
import pytest

from trainwell.datasets.numpy_file import array_names, read_array, read_arrays
from trainwell.errors import InputError


def test_arrays_come_back(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.arange(6).reshape(2, 3), y=np.array(["a", "b"]))
    assert array_names(path) == ["x", "y"]
    assert read_arrays(path, ["y"])["y"].tolist() == ["a", "b"]
    np.save(tmp_path / "b.npy", np.arange(3))
    assert read_array(tmp_path / "b.npy").tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("none.npz", None, "does not exist"),
        ("a.npz", b"", "is empty"),
        ("a.npz", b"x,y\n1,2\n", r"is no \.npz file"),
        ("none.npy", None, "does not exist"),
        ("a.npy", b"", "is empty"),
        ("a.npy", b"x,y\n1,2\n", r"is no \.npy file"),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00{", "cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, name, content, complaint):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}.*{complaint}|{complaint}.*{name}|{name} {complaint}"):
        (array_names if name.endswith("npz") else read_array)(path)


def test_python_objects_are_not_loaded(tmp_path):
    objects = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "a.npz", x=np.zeros(2), y=objects, allow_pickle=True)
    np.save(tmp_path / "b.npy", objects, allow_pickle=True)
    with pytest.raises(InputError, match=r"Array 'y' of .*a\.npz holds Python objects \(pickled\)"):
        read_arrays(tmp_path / "a.npz", ["x", "y"])
    with pytest.raises(InputError, match=r"b\.npy holds Python objects"):
        read_array(tmp_path / "b.npy")


def test_a_damaged_array_is_named(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(1000), y=np.ones(1000))
    content = bytearray(path.read_bytes())
    content[content.rindex(np.ones(9).tobytes())] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"Array 'y' of .*a\.npz cannot be read"):
        read_arrays(path, ["x", "y"])


def test_more_than_the_memory_holds_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros(10_000), y=np.zeros(3))
    monkeypatch.setattr("trainwell.datasets.memory.free_memory", lambda: 100_000)
    assert read_arrays(path, ["y"])["y"].shape == (3,)
    with pytest.raises(InputError, match=r"The arrays of .*a\.npz would take"):
        read_arrays(path, ["x", "y"])
