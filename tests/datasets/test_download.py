import socket
import sys
import urllib.error

import keras
import pytest

from trainwell.datasets import download
from trainwell.datasets.obtain import SourceFailedError


def test_keras_is_given_our_folder_and_a_time_limit(monkeypatch, tmp_path, capsys):
    seen = {}

    def get_file(name, **arguments):
        seen.update(arguments, name=name, limit=socket.getdefaulttimeout())
        sys.stdout.write("Downloading")
        return str(tmp_path / "file")

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    assert download.download("a.gz", tmp_path) == tmp_path / "file"
    assert seen["origin"].endswith("/tf-keras-datasets/a.gz")
    assert seen["cache_dir"] == str(tmp_path)
    assert seen["limit"] == download.TIMEOUT
    assert socket.getdefaulttimeout() is None
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Downloading")


def test_a_failure_is_told_and_the_limit_put_back(monkeypatch, tmp_path):
    def no_network(*_arguments, **_more):
        raise urllib.error.URLError("no network here")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", no_network)
    with pytest.raises(SourceFailedError, match=r"a\.gz could not be fetched .*no network here"):
        download.download("a.gz", tmp_path)
    assert socket.getdefaulttimeout() is None


def test_a_server_that_says_nothing_is_given_up(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(download, "KERAS_ORIGIN", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        monkeypatch.setattr(download, "TIMEOUT", 0.2)
        monkeypatch.setenv("no_proxy", "*")
        with pytest.raises(SourceFailedError, match="timed out"):
            download.download("a.gz", tmp_path)


def test_keras_folder_follows_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert download.keras_datasets_folder() == tmp_path / "datasets"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert download.keras_datasets_folder() == tmp_path / ".keras" / "datasets"
