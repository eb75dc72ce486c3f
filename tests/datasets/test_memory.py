import pytest

from trainwell.datasets import memory
from trainwell.errors import InputError


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with 900 KiB available, outside any control group."""
    information = tmp_path / "meminfo"
    information.write_text("MemTotal: 2000 kB\nMemFree: 100 kB\nMemAvailable: 900 kB\n")
    monkeypatch.setattr(memory, "MEMORY_INFORMATION", information)
    monkeypatch.setattr(memory, "CONTROL_GROUP", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("machine")
def test_what_is_available_counts():
    assert memory.free_memory() == 900 * 1024


def test_a_container_may_have_less(machine):
    (machine / "memory.current").write_text("1000\n")
    (machine / "memory.max").write_text("4000\n")
    assert memory.free_memory() == 3000
    (machine / "memory.max").write_text("max\n")
    assert memory.free_memory() == 900 * 1024


@pytest.mark.usefixtures("machine")
def test_more_than_a_third_is_refused():
    memory.require_memory(300 * 1024, "A few images", "")
    with pytest.raises(InputError, match=r"Many images would take .* MiB") as caught:
        memory.require_memory(300 * 1024 + 1, "Many images", "Give fewer.")
    assert caught.value.hint == "Give fewer."


def test_an_unknown_system_refuses_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "MEMORY_INFORMATION", tmp_path / "none")
    monkeypatch.setattr(memory, "CONTROL_GROUP", tmp_path / "none")
    assert memory.free_memory() is None
    memory.require_memory(1 << 60, "Everything", "")
