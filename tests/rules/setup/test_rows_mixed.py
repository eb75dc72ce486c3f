from __future__ import annotations

from rules.runs import finding

from trainwell.run import Run


def run(changed, place="", calls=()):
    return Run.from_plain(
        {
            "experiments": {"row_mixing": {"rows": 8, "changed": changed, "place": place}},
            "model": {"calls": list(calls)},
        }
    )


SOFTMAX = {
    "place": "softmax",
    "name": "softmax",
    "class": "Softmax",
    "config": {"axis": 0},
    "output_shapes": [[None, 3]],
}


def test_rows_that_depend_on_each_other():
    found = finding(run(0.8, "softmax", [SOFTMAX]), "rows-mixed")
    assert found.outcome == "fault"
    assert found.message == (
        "The output for a row changes with the other rows of its batch, by up to 0.8 of the deviation of all outputs. "
        "This begins at 'softmax', which works along axis 0: the batch."
    )


def test_rounding_is_no_fault():
    assert finding(run(1e-6), "rows-mixed").outcome == "passed"


def test_a_place_of_another_kind_is_named_by_its_class():
    call = {"place": "fold", "name": "fold", "class": "Lambda", "output_shapes": [[None, 3]]}
    assert finding(run(0.2, "fold", [call]), "rows-mixed").message.endswith("This begins at 'fold', a Lambda.")


def test_without_the_experiment_it_is_not_measured():
    assert finding(Run(), "rows-mixed").outcome == "not measured"
