from __future__ import annotations

import keras
import numpy as np
from rules.runs import finding, static

L = keras.layers


def told(*layers, shape=(8, 8, 1)):
    model = keras.Sequential([keras.Input(shape), *layers])
    return finding(
        static(model, np.zeros((8, *shape)), np.zeros((8, *model.output_shape[1:]))), "collapsed-feature-map"
    )


def conv(size=3, strides=1, **arguments):
    return L.Conv2D(4, size, strides, padding="same", activation="relu", **arguments)


def test_convolutions_on_a_pixel():
    found = told(conv(strides=4), conv(strides=2), conv(name="third"), conv(name="fourth"), L.Flatten(), L.Dense(1))
    assert found.outcome == "fault"
    assert found.message == "'third' convolves a map of 1 pixel with a kernel of 3 × 3. Also: fourth."


def test_a_net_that_ends_at_a_pixel_is_in_order():
    found = told(conv(strides=4), conv(name="last", strides=2), L.Flatten(), L.Dense(1))
    assert found.outcome == "passed"
    assert found.evidence[0].says == "The smallest map that a convolution with a kernel works on is 2 × 2, in 'last'."


def test_small_kernels_on_a_pixel_are_in_order():
    squeezed = [L.GlobalAveragePooling2D(keepdims=True), conv(1), conv(1)]
    assert told(conv(), *squeezed, L.Flatten(), L.Dense(1)).outcome == "passed"


def test_a_map_that_grows_again_is_only_mentioned():
    layers = [conv(strides=2), conv(strides=4), conv(), L.Conv2DTranspose(4, 4, 8), L.Dense(1)]
    assert told(*layers).outcome == "advice"


def test_a_kernel_of_which_most_meets_padding_is_only_mentioned():
    found = told(conv(strides=4), conv(7, name="wide"), L.Flatten(), L.Dense(1))
    assert found.outcome == "advice"
    assert found.message == "18% of the kernel of 'wide' ever meets its map of 2 × 2; the rest, padding."


def test_sequences_have_maps_too():
    layers = [
        L.Conv1D(4, 3, padding="same"),
        L.MaxPooling1D(6),
        L.Conv1D(4, 3, padding="same"),
        L.Flatten(),
        L.Dense(1),
    ]
    assert told(*layers, shape=(6, 2)).outcome == "fault"


def test_a_single_position_from_the_beginning_is_not_a_collapse():
    assert told(L.Conv1D(4, 3, padding="same"), L.Flatten(), L.Dense(1), shape=(1, 5)).outcome == "passed"


def test_without_convolutions_it_does_not_apply():
    assert told(L.Flatten(), L.Dense(1)).outcome == "not applicable"
    assert told(conv(1), L.Flatten(), L.Dense(1)).outcome == "not applicable"
