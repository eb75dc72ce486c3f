"""Targets are told by the outputs that they belong to, however they are given."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.recording.data_description import targets_by_output

A, B = np.zeros(3), np.ones(3)


@pytest.mark.parametrize("given", [{"0": A, "1": B}, {"a": A, "b": B}, {"b": B, "a": A}, [A, B], (A, B)])
def test_targets_of_a_list_of_outputs(given):
    found = targets_by_output(given, ["0", "1"], ["a", "b"])
    assert found["0"] is A
    assert found["1"] is B


def test_targets_in_a_list_for_a_dictionary_of_outputs():
    assert targets_by_output([A, B], ["left", "right"], ["a", "b"])["right"] is B


def test_a_single_target_belongs_to_a_single_output_in_a_list():
    assert list(targets_by_output(A, ["0"], ["a"])) == ["0"]


def test_what_cannot_be_paired_keeps_its_name():
    assert list(targets_by_output({"z": A}, ["0", "1"], ["a", "b"])) == ["z"]
    assert list(targets_by_output(A, [""])) == [""]
