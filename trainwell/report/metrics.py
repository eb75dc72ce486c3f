"""What the name of a metric says: how it is spoken, and which direction is better.

Known by words in the name, as Keras's own callbacks do it; a metric of the user's own with a misleading name is taken
for one where more is better.
"""

from __future__ import annotations

_LOWER_IS_BETTER = ("loss", "error", "mae", "mse", "rmse", "msle", "mape", "crossentropy", "divergence", "perplexity")


def higher_is_better(metric: str) -> bool:
    """Whether more of `metric` is better.

    Example:
    >>> higher_is_better("accuracy"), higher_is_better("mean_absolute_error")
    (True, False)
    """
    name = metric.lower()
    return not any(word in name for word in _LOWER_IS_BETTER)


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
