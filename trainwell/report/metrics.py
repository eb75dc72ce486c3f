"""What the name of a metric says in words. A name that is not known is spoken as it is written."""

from __future__ import annotations


def spoken(metric: str) -> str:
    """The metric as words: `sparse_categorical_accuracy` becomes `accuracy`, `mae` `mean absolute error`.

    Example:
    >>> spoken("root_mean_squared_error")
    'root mean squared error'
    """
    known = {
        "mae": "mean absolute error",
        "mse": "mean squared error",
        "rmse": "root mean squared error",
        "r2_score": "R²",
        "acc": "accuracy",
        "sparse_categorical_accuracy": "accuracy",
        "categorical_accuracy": "accuracy",
        "binary_accuracy": "accuracy",
        "auc": "AUC",
    }
    return known.get(metric.lower(), metric.replace("_", " "))
