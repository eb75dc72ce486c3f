import pytest

from trainwell.report.metrics import higher_is_better, spoken


@pytest.mark.parametrize("metric", ["accuracy", "auc", "r2_score", "precision"])
def test_more_is_better(metric):
    assert higher_is_better(metric)


@pytest.mark.parametrize(
    "metric", ["loss", "mae", "root_mean_squared_error", "kl_divergence", "categorical_crossentropy"]
)
def test_less_is_better(metric):
    assert not higher_is_better(metric)


def test_metrics_are_spoken_as_words():
    assert spoken("mae") == "mean absolute error"
    assert spoken("top_k_accuracy") == "top k accuracy"
