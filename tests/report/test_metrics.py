from trainwell.report.metrics import spoken


def test_metrics_are_spoken_as_words():
    assert spoken("mae") == "mean absolute error"
    assert spoken("top_k_accuracy") == "top k accuracy"
