import json

import pytest

from trainwell.errors import InputError
from trainwell.run import Run
from trainwell.training import repair_run, train

SILENT = {"say": lambda _: None, "verbose": 0}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "wine"
    train("wine", out=folder, epochs=3, units=8, learning_rate=1e-2, **SILENT)
    return folder


@pytest.mark.heavy
def test_the_training_is_set_up_again_and_the_answer_is_a_run(trained, tmp_path):
    found = repair_run(trained, out=tmp_path / "again", say=lambda _: None)
    assert found.repair.outcome in {"nothing to repair", "repaired", "no repair found"}
    plain = json.loads((found.folder / "repair.json").read_text())
    assert plain["outcome"] == found.repair.outcome
    assert "model.compile(" in (found.folder / "repaired.py").read_text()
    assert Run.load(found.folder).source == Run.load(trained).source
    assert (found.folder / "report.html").exists()


def test_a_run_that_does_not_tell_how_it_was_made_is_refused(trained, tmp_path):
    run = Run.load(trained)
    run.fit.options = {}
    run.save(tmp_path)
    with pytest.raises(InputError, match="does not tell how its network was made"):
        repair_run(tmp_path)


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError):
        repair_run(tmp_path)
