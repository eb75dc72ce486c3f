import shutil

import pytest

from trainwell.datasets.debian_package import unpack_debian_package
from trainwell.datasets.obtain import SourceFailedError


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """A PATH with stand-ins for apt-get and dpkg-deb: shell scripts that the test writes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def write(name, script):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    write("dpkg-deb", 'mkdir -p "$3/usr" && cp "$2" "$3/usr/content"')
    return write


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_the_system_lists_are_used_where_they_know_the_package(tools, work):
    tools("apt-get", 'echo "$2 $3 $4" >> calls; [ "$3" = download ] && echo inside > "$4_1_all.deb"')
    root = unpack_debian_package("some-data", work)
    assert (root / "usr" / "content").read_text() == "inside\n"
    assert (work / "calls").read_text().splitlines() == [f"{work / 'system.conf'} download some-data"]


def test_else_fresh_lists_in_a_private_folder(tools, work):
    tools(
        "apt-get",
        'echo "$3" >> calls; case "$2" in *private.conf) [ "$3" = update ] || echo inside > "$4_1_all.deb";; '
        '*) echo "E: Unable to locate package $4" >&2; exit 100;; esac',
    )
    root = unpack_debian_package("some-data", work)
    assert (root / "usr" / "content").exists()
    assert (work / "calls").read_text().split() == ["download", "update", "download"]
    settings = (work / "private.conf").read_text()
    assert f'Dir::State "{work / "state"}";' in settings
    assert f'Dir::Cache "{work / "cache"}";' in settings


def test_both_failures_are_told(tools, work):
    tools("apt-get", 'echo "E: no $3 today" >&2; exit 100')
    with pytest.raises(SourceFailedError) as caught:
        unpack_debian_package("some-data", work)
    assert str(caught.value) == (
        "apt-get download some-data failed (no download today); with fresh package lists: "
        "apt-get update failed (no update today)"
    )


def test_a_damaged_package_is_told(tools, work):
    tools("apt-get", 'echo inside > "$4_1_all.deb"')
    tools("dpkg-deb", 'echo "dpkg-deb: error: not a Debian format archive" >&2; exit 2')
    with pytest.raises(SourceFailedError, match="not a Debian format archive"):
        unpack_debian_package("some-data", work)


def test_a_download_that_leaves_nothing_is_told(tools, work):
    tools("apt-get", "exit 0")
    with pytest.raises(SourceFailedError, match="left no package behind"):
        unpack_debian_package("some-data", work)


def test_a_command_that_hangs_is_given_up(tools, work, monkeypatch):
    monkeypatch.setattr("trainwell.datasets.debian_package.TIMEOUT", 0.2)
    tools("apt-get", "exec sleep 20")
    with pytest.raises(SourceFailedError, match=r"took more than 0\.2 seconds"):
        unpack_debian_package("some-data", work)


@pytest.mark.parametrize("missing", ["apt-get", "dpkg-deb"])
def test_elsewhere_than_on_debian_it_is_absent(monkeypatch, work, missing):
    monkeypatch.setattr(shutil, "which", lambda name: None if name == missing else f"/usr/bin/{name}")
    with pytest.raises(SourceFailedError, match=f"{missing} is not on the PATH") as caught:
        unpack_debian_package("some-data", work)
    assert caught.value.absent
