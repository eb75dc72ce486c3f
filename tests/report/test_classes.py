import pytest

from trainwell.report.classes import class_counts, confusion, mistakes, recalls
from trainwell.run import Run


@pytest.fixture
def small():
    return Run.from_plain(
        {
            "data": {"classes": ["a", "b", "c"], "class_counts": {"train": [5, 6, 7], "test": [10, 4, 0]}},
            "result": {"confusion": [[7, 3, 0], [1, 3, 0], [0, 0, 0]], "recall": {"a": 0.7, "b": 0.75}},
        }
    )


def test_the_worst_recall_comes_first_and_the_unmeasured_last(small):
    assert [(recall.name, recall.share, recall.rows) for recall in recalls(small)] == [
        ("a", 0.7, 10),
        ("b", 0.75, 4),
    ]


def test_mistakes_are_counted_and_shared_by_the_true_class(small):
    assert mistakes(small) == [("a", "b", 3, 0.3), ("b", "a", 1, 0.25)]


def test_counts_are_by_name_of_the_class(small):
    assert class_counts(small, "train") == {"a": 5, "b": 6, "c": 7}
    assert class_counts(small, "validation") == {}


@pytest.mark.parametrize("counts", [[], [[1, 2], [3, 4]], [[1, 2, 3]]])
def test_a_matrix_that_does_not_fit_the_classes_is_absent(small, counts):
    small.result.confusion = counts
    assert confusion(small) is None
    assert mistakes(small) == []
