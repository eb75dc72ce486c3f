"""Healthy nets on small images: digits, and squares cut from two photographs."""

import keras

from gallery.case import case
from gallery.data import digit_images, digits, noisy_digits, patches
from gallery.nets import HE, SPARSE, L, adam, conv, dense, sequential, setup, sgd


@case(note="Digits, two hidden layers.")
def digits_dense(seed, *, rows=None, hidden=None, units=10, head="softmax", loss=SPARSE, optimizer=None, **fit):
    hidden = [dense(48), dense(32)] if hidden is None else hidden
    model = sequential((64,), *hidden, L.Dense(units, head))
    rows = rows or digits(seed).divided_by(16)
    return setup(model, rows, loss, optimizer or adam(1e-3), **{"epochs": 12, **fit})


@case(note="Digits without a hidden layer: softmax regression.")
def digits_softmax_regression(seed):
    return digits_dense(seed, hidden=[], optimizer=adam(5e-3))


@case(note="Digits with a linear head, and a loss that is told so.")
def digits_logits(seed, *, head=None):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return digits_dense(seed, head=head, loss=loss)


@case(note="Digits with one-hot targets.")
def digits_one_hot(seed, *, head="softmax", loss="categorical_crossentropy"):
    setting = digits_dense(seed, head=head, loss=loss)
    held_x, held_y = setting.data["validation_data"]
    setting.data["y"] = keras.utils.to_categorical(setting.data["y"], 10)
    setting.data["validation_data"] = (held_x, keras.utils.to_categorical(held_y, 10))
    return setting


@case(note="Digits in a wide net, held back by dropout and a penalty.")
def digits_regularized(seed, *, rate=0.3, penalty=1e-4):
    l2 = keras.regularizers.L2(penalty)
    hidden = [layer for _ in range(2) for layer in (dense(96, kernel_regularizer=l2), L.Dropout(rate))]
    return digits_dense(seed, hidden=hidden)


@case(note="Digits under much noise, in a net held back by dropout.")
def digits_noisy(seed, *, hidden=None, epochs=12):
    hidden = hidden or [dense(96), L.Dropout(0.5)]
    return digits_dense(seed, rows=noisy_digits(seed), hidden=hidden, epochs=epochs)


@case(note="Digits with batch normalization before each activation.")
def digits_batch_norm(seed, *, momentum=0.9, batch_size=32, epochs=12):
    normalized = [L.Dense(32, use_bias=False, **HE), L.BatchNormalization(momentum=momentum), L.Activation("relu")]
    again = [L.Dense(32, use_bias=False, **HE), L.BatchNormalization(momentum=momentum), L.Activation("relu")]
    return digits_dense(seed, hidden=[*normalized, *again], batch_size=batch_size, epochs=epochs)


@case(note="Digits rebuilt from a code of 12 numbers.")
def digits_autoencoder(seed, *, code=12, head="sigmoid", standardize=False):
    rows = digits(seed).centered() if standardize else digits(seed).divided_by(16)
    model = sequential((64,), dense(48), dense(code, None), dense(48), L.Dense(64, head))
    setting = setup(model, rows, "mse", adam(3e-3), metrics=[], epochs=15)
    setting.data = {"x": rows.x, "y": rows.x, "validation_data": (rows.held_x, rows.held_x)}
    return setting


@case(note="Digits rebuilt from pixels of mean 0 and deviation 1, with linear outputs.")
def digits_autoencoder_standardized(seed):
    return digits_autoencoder(seed, head=None, standardize=True)


@case(note="Digits, two convolutions with pooling.")
def digits_conv(seed, *, body=None, loss=SPARSE, optimizer=None, head=(), **fit):
    body = [conv(12), L.MaxPooling2D(), conv(24), L.MaxPooling2D()] if body is None else body
    model = sequential((8, 8, 1), *body, L.Flatten(), dense(32), L.Dense(10, "softmax"), *head)
    return setup(model, digit_images(seed), loss, optimizer or adam(2e-3), **{"epochs": 8, **fit})


@case(note="Digits with strided and separable convolutions and a global average.")
def digits_separable(seed):
    body = [
        conv(16),
        L.SeparableConv2D(32, 3, padding="same", activation="relu"),
        L.BatchNormalization(momentum=0.9),
        L.Conv2D(32, 3, strides=2, padding="same", activation="relu", **HE),
        L.GlobalAveragePooling2D(),
    ]
    return digits_conv(seed, body=body, optimizer=adam(3e-3))


@case(note="Colour squares, their bytes scaled inside the model, with batch normalization.")
def patches_conv(seed, *, rows=None, scale=1 / 255, momentum=0.9, **fit):
    normalized = [
        layer
        for filters in (8, 16)
        for layer in (
            conv(filters, None, use_bias=False),
            L.BatchNormalization(momentum=momentum),
            L.Activation("relu"),
            L.MaxPooling2D(),
        )
    ]
    head = [L.GlobalAveragePooling2D(), L.Dense(1, "sigmoid")]
    model = sequential((16, 16, 3), L.Rescaling(scale), *normalized, *head)
    return setup(model, rows or patches(seed), "binary_crossentropy", adam(3e-3), **{"epochs": 8, **fit})


@case(note="Colour squares, their bytes scaled beforehand, without batch normalization.")
def patches_plain_conv(seed, *, white=255.0, body=None, head="sigmoid", optimizer=None):
    body = body or [conv(8), L.MaxPooling2D(), conv(16), L.MaxPooling2D()]
    model = sequential((16, 16, 3), *body, L.Flatten(), dense(16), L.Dense(1, head))
    rows = patches(seed).divided_by(white)
    return setup(model, rows, "binary_crossentropy", optimizer or sgd(0.01, 0.9), epochs=8)


@case(note="Colour squares with random flips and brightness.")
def patches_augmented(seed):
    augment = [L.RandomFlip("horizontal", seed=seed), L.RandomBrightness(0.1, value_range=(0, 1), seed=seed)]
    return patches_plain_conv(seed, body=[*augment, conv(8), L.MaxPooling2D(), conv(16), L.MaxPooling2D()])
