from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def judged(*embeddings):
    base = {
        "place": "embedding",
        "input_dim": 400,
        "minimum": 1,
        "maximum": 399,
        "outside": 0,
        "ids": 50_000,
        "name": "x",
    }
    record = {"embedding_ids": {"embeddings": [{**base, **each} for each in embeddings]}}
    return finding(Run.from_plain({"experiments": record}), "ids-out-of-range")


def test_ids_beyond_the_rows_are_named_with_the_size_that_is_needed():
    found = judged({"maximum": 500, "outside": 7977})
    assert found.outcome == "fault"
    assert found.message == (
        "'embedding' has rows for the ids 0 to 399, but 7,977 of the 50,000 ids in the training rows lie outside of "
        "that (lowest 1, highest 500). Their vectors are NaN. input_dim must be at least 501, the highest id plus 1."
    )


def test_a_negative_id_and_one_of_the_validation_are_named():
    assert judged({"minimum": -1, "outside": 3}).message.endswith(
        "A negative id reads the vector of another id, counted from the end."
    )
    found = judged({}, {"part": "validation", "maximum": 400, "outside": 1, "name": "words"})
    assert found.outcome == "fault"
    assert "1 of the 50,000 ids of the input 'words' in the validation rows" in found.message


@pytest.mark.parametrize("ends", [(0, 399), (1, 399), (0, 0), (5, 20)])
def test_ids_within_the_rows_are_in_order(ends):
    assert judged({"minimum": ends[0], "maximum": ends[1]}).outcome == "passed"


def test_a_model_without_embedding_is_not_measured():
    assert finding(Run(), "ids-out-of-range").outcome == "not measured"
