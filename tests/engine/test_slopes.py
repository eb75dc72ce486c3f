import keras
import numpy as np

from trainwell.engine.slopes import values_and_slopes


def test_values_and_slopes_of_a_square():
    at = np.linspace(-3, 3, 7)
    values, slopes = values_and_slopes(keras.ops.square, at)
    np.testing.assert_allclose(values, at**2)
    np.testing.assert_allclose(slopes, 2 * at)
    assert values.dtype == slopes.dtype == np.float64
