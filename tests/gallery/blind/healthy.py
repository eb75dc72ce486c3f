"""Sound Setups of the blind part, of as many kinds as people build."""

import keras
import numpy as np
from keras import ops
from sklearn import datasets as skd

from gallery.blind.data import (
    classes,
    cut,
    digits,
    fashion,
    fit,
    friedman,
    hot,
    houses,
    moons,
    ordinal_rows,
    pack,
    series,
    standard,
    stop,
    tabular,
    texts,
    waves,
)
from gallery.blind.nets import BCE, CCE, SCE, Tower, pretrained, setup
from gallery.case import case
from trainwell.training_spec import TrainingSpec

L = keras.layers
Opt = keras.optimizers


@case(note="Residual MLP with gelu and LayerNorm on the digits, early stopping.")
def fine_digits_residual_mlp(seed):
    xt, xv, yt, yv = digits(seed)
    i = keras.Input((64,))
    h = L.Dense(48)(i)
    for _ in range(3):
        r = L.LayerNormalization()(h)
        r = L.Dense(96, activation="gelu")(r)
        r = L.Dropout(0.4)(r)
        h = L.Add()([h, L.Dense(48)(r)])
    m = keras.Model(i, L.Dense(10, activation="softmax")(L.LayerNormalization()(h)))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(60, 32, stop()))


@case(note="Separable convolutions with batch norm and swish on small fashion images.")
def fine_fashion_separable(seed):
    xt, xv, yt, yv = fashion(seed, 3000)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(24, 3, strides=2, padding="same", use_bias=False),
            L.BatchNormalization(momentum=0.9),
            L.Activation("swish"),
        ]
    )
    for f in (24, 32):
        m.add(L.SeparableConv2D(f, 3, padding="same", use_bias=False))
        m.add(L.BatchNormalization(momentum=0.9))
        m.add(L.Activation("swish"))
    m.add(L.AveragePooling2D(2))
    m.add(L.Flatten())
    m.add(L.Dropout(0.3))
    m.add(L.Dense(10, activation="softmax"))
    return setup(m, SCE, Opt.Adam(3e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(12, 64, stop(4)))


@case(note="GroupNorm convnet, AdamW with a cosine schedule.")
def fine_fashion_groupnorm_cosine(seed):
    xt, xv, yt, yv = fashion(seed, 4000)
    m = keras.Sequential([keras.Input((14, 14, 1))])
    for f in (16, 32):
        m.add(L.Conv2D(f, 3, padding="same"))
        m.add(L.GroupNormalization(4))
        m.add(L.ReLU())
        m.add(L.MaxPooling2D())
    m.add(L.Flatten())
    m.add(L.Dropout(0.3))
    m.add(L.Dense(10))
    rate = Opt.schedules.CosineDecay(2e-3, 63 * 12)
    return setup(
        m,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        Opt.AdamW(rate, weight_decay=1e-2),
        ["accuracy"],
        pack(xt, yt, xv, yv),
        fit(12, 64),
    )


@case(note="Logistic regression with logits on breast cancer, SGD with Nesterov momentum.")
def fine_cancer_logistic(seed):
    xt, xv, yt, yv = tabular("breast_cancer", seed)
    m = keras.Sequential([keras.Input((30,)), L.Dense(1, kernel_regularizer=keras.regularizers.L2(1e-3))])
    return setup(
        m,
        keras.losses.BinaryCrossentropy(from_logits=True),
        Opt.SGD(0.05, momentum=0.9, nesterov=True),
        [keras.metrics.BinaryAccuracy(threshold=0.0)],
        pack(xt, yt, xv, yv),
        fit(30, 32),
    )


@case(note="Small tanh net on the wines with RMSprop.")
def fine_wine_tanh(seed):
    xt, xv, yt, yv = tabular("wine", seed)
    m = keras.Sequential([keras.Input((13,)), L.Dense(12, activation="tanh"), L.Dense(3, activation="softmax")])
    return setup(m, CCE, Opt.RMSprop(3e-3), ["accuracy"], pack(xt, hot(yt, 3), xv, hot(yv, 3)), fit(80, 16, stop(10)))


@case(note="Huber loss on the diabetes data, target standardised, little ELU net.")
def fine_diabetes_huber(seed):
    xt, xv, yt, yv = tabular("diabetes", seed)
    mu, sd = yt.mean(), yt.std()
    m = keras.Sequential(
        [
            keras.Input((10,)),
            L.Dense(
                8, activation="elu", kernel_initializer="he_normal", kernel_regularizer=keras.regularizers.L2(1e-3)
            ),
            L.Dense(1),
        ]
    )
    return setup(
        m,
        keras.losses.Huber(),
        Opt.Adam(2e-3),
        ["mae"],
        pack(xt, (yt - mu) / sd, xv, (yv - mu) / sd),
        fit(80, 32, stop(8)),
    )


@case(note="LSTM that forecasts the next value, split by time with shuffled training windows.")
def fine_series_lstm(seed):
    xt, xv, yt, yv = series(seed)
    m = keras.Sequential([keras.Input((24, 1)), L.LSTM(24), L.Dense(1)])
    return setup(m, "mse", Opt.Adam(5e-3, clipnorm=1.0), ["mae"], pack(xt, yt, xv, yv), fit(25, 32, stop(6)))


@case(note="Six-step forecast with a dilated causal Conv1D net.")
def fine_series_tcn_multistep(seed):
    xt, xv, yt, yv = series(seed, horizon=6)
    m = keras.Sequential([keras.Input((24, 1))])
    for d in (1, 2, 4):
        m.add(L.Conv1D(16, 3, padding="causal", dilation_rate=d, activation="relu", kernel_initializer="he_uniform"))
    m.add(L.Flatten())
    m.add(L.Dense(6))
    return setup(m, "mae", Opt.Nadam(1e-3), None, pack(xt, yt, xv, yv), fit(30, 32, stop(6)))


@case(note="Bidirectional GRU on noisy waves of four frequencies.")
def fine_waves_bigru(seed):
    xt, xv, yt, yv = waves(seed)
    m = keras.Sequential([keras.Input((48, 1)), L.Bidirectional(L.GRU(12)), L.Dense(4, activation="softmax")])
    return setup(m, SCE, Opt.Adam(8e-3, clipnorm=1.0), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 32, stop(6)))


@case(note="Embedding and hand-made attention pooling of padded texts, topic classification.")
def fine_texts_attention_pool(seed):
    xt, xv, yt, yv = texts(seed, 3000)
    i = keras.Input((30,), dtype="int32")
    e = L.Embedding(400, 16)(i)
    a = L.Dense(1)(L.Dense(16, activation="tanh")(e))
    a = L.Softmax(axis=1)(a)
    p = L.Flatten()(L.Dot(axes=1)([a, e]))
    m = keras.Model(i, L.Dense(4, activation="softmax")(L.Dropout(0.3)(p)))
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 64, stop(4)))


@case(note="Bag of averaged embeddings, five topics.")
def fine_texts_average(seed):
    xt, xv, yt, yv = texts(seed, 3000, k=5, share=0.3)
    m = keras.Sequential(
        [
            keras.Input((30,), dtype="int32"),
            L.Embedding(400, 12, mask_zero=True),
            L.GlobalAveragePooling1D(),
            L.Dropout(0.4),
            L.Dense(5, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1e-2), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 64, stop(4)))


@case(note="One transformer block with learned positions over wave patches.")
def fine_waves_transformer(seed):
    xt, xv, yt, yv = waves(seed, 2600, noise=0.3)
    i = keras.Input((48, 1))
    h = L.Dense(24)(L.Reshape((12, 4))(i))
    position = L.Embedding(12, 24)(ops.arange(12))
    h = h + ops.expand_dims(position, 0)
    n = L.LayerNormalization()(h)
    h = h + L.MultiHeadAttention(2, 12)(n, n)
    n = L.LayerNormalization()(h)
    h = h + L.Dense(24)(L.Dense(48, activation="gelu")(n))
    h = L.Dropout(0.2)(L.GlobalAveragePooling1D()(L.LayerNormalization()(h)))
    m = keras.Model(i, L.Dense(4, activation="softmax")(h))
    return setup(m, SCE, Opt.AdamW(3e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 32, stop(7)))


@case(note="Two inputs: the digit image and a table of noisy row sums.")
def fine_digits_two_inputs(seed):
    xt, xv, yt, yv = digits(seed, True)
    rng = np.random.default_rng(seed)

    def extra(x):
        return (x.sum((2, 3)) - 2.5 + rng.normal(0, 0.3, (len(x), 8))).astype("float32")

    a, b = keras.Input((8, 8, 1), name="image"), keras.Input((8,), name="sums")
    h = L.Flatten()(L.MaxPooling2D()(L.Conv2D(12, 3, activation="relu")(a)))
    g = L.Dense(16, activation="relu")(b)
    m = keras.Model({"image": a, "sums": b}, L.Dense(10, activation="softmax")(L.Dropout(0.3)(L.Concatenate()([h, g]))))
    return setup(
        m,
        SCE,
        Opt.Adam(2e-3),
        ["accuracy"],
        pack({"image": xt, "sums": extra(xt)}, yt, {"image": xv, "sums": extra(xv)}, yv),
        fit(80, 32, stop(6)),
    )


@case(note="Two heads: which digit, and how much ink (standardised).")
def fine_digits_two_outputs(seed):
    xt, xv, yt, yv = digits(seed)
    it, iv = xt.mean(1, keepdims=True), xv.mean(1, keepdims=True)
    it, iv = standard(it, iv)
    i = keras.Input((64,))
    h = L.Dropout(0.3)(L.Dense(64, activation="relu")(i))
    m = keras.Model(i, {"digit": L.Dense(10, activation="softmax", name="digit")(h), "ink": L.Dense(1, name="ink")(h)})
    return setup(
        m,
        {"digit": SCE, "ink": "mse"},
        Opt.Adam(4e-3),
        {"digit": ["accuracy"], "ink": ["mae"]},
        pack(xt, {"digit": yt, "ink": it}, xv, {"digit": yv, "ink": iv}),
        fit(80, 32, stop(6)),
        loss_weights={"digit": 1.0, "ink": 0.3},
    )


@case(note="U-Net-like denoiser of the 8x8 digits.")
def fine_digits_unet_denoise(seed):
    xt, xv, _, _ = digits(seed, True)
    rng = np.random.default_rng(seed)
    nt, nv = (x + rng.normal(0, 0.3, x.shape).astype("float32") for x in (xt, xv))
    i = keras.Input((8, 8, 1))
    c1 = L.Conv2D(16, 3, padding="same", activation="relu")(i)
    c2 = L.Conv2D(32, 3, padding="same", activation="relu")(L.MaxPooling2D()(c1))
    c3 = L.Conv2D(32, 3, padding="same", activation="relu")(L.MaxPooling2D()(c2))
    u = L.Concatenate()([L.UpSampling2D()(c3), c2])
    u = L.Conv2D(24, 3, padding="same", activation="relu")(u)
    u = L.Concatenate()([L.Conv2DTranspose(16, 2, strides=2)(u), c1])
    u = L.Conv2D(16, 3, padding="same", activation="relu")(u)
    m = keras.Model(i, L.Conv2D(1, 1, activation="sigmoid")(u))
    return setup(m, "mse", Opt.Adam(2e-3), None, pack(nt, xt, nv, xv), fit(25, 32, stop(5)))


@case(note="Autoencoder with a linear code on sensor rows, meant for anomaly detection.")
def fine_sensor_autoencoder(seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, (2500, 4))
    x = np.tanh(z @ rng.normal(0, 0.6, (4, 20))) + rng.normal(0, 0.1, (2500, 20))
    xt, xv = standard(x[:2000], x[2000:])
    m = keras.Sequential(
        [
            keras.Input((20,)),
            L.Dense(24, activation="elu"),
            L.Dense(4, name="code"),
            L.Dense(24, activation="elu"),
            L.Dense(20),
        ]
    )
    return setup(m, "mse", Opt.Adam(5e-3), None, pack(xt, xt, xv, xv), fit(100, 32, stop(6)))


@case(note="Tag for every step of a sequence, dilated Conv1D.")
def fine_sequence_tagging(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (900, 40, 3)).astype("float32")
    s = x[..., 0] + 0.5 * np.roll(x[..., 1], 1, 1) - 0.7 * np.roll(x[..., 2], -1, 1)
    y = np.digitize(s + rng.normal(0, 0.2, s.shape), [-0.6, 0.6]).astype("int32")
    i = keras.Input((40, 3))
    h = L.Conv1D(16, 3, padding="same", activation="swish")(i)
    h = L.Concatenate()([h, L.Conv1D(16, 3, padding="same", dilation_rate=2, activation="swish")(h)])
    m = keras.Model(i, L.Conv1D(3, 1, activation="softmax")(h))
    return setup(m, SCE, Opt.Adam(3e-3), ["accuracy"], pack(x[:700], y[:700], x[700:], y[700:]), fit(40, 32, stop(6)))


@case(note="Ordinal levels as cumulative yes/no targets (level above 0, 1, 2, 3), sigmoid outputs.")
def fine_ordinal_cumulative(seed):
    x, level = ordinal_rows(seed)
    y = (level[:, None] > np.arange(4)).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(32, activation="mish"),
            L.Dense(16, activation="mish"),
            L.Dense(4, activation="sigmoid"),
        ]
    )
    return setup(
        m,
        BCE,
        Opt.Adam(2e-3),
        [keras.metrics.BinaryAccuracy()],
        pack(x[:1600], y[:1600], x[1600:], y[1600:]),
        fit(50, 32, stop(6)),
    )


@case(note="Multi-label tags from word counts.")
def fine_multilabel_counts(seed):
    x, y = skd.make_multilabel_classification(4000, 25, n_classes=5, n_labels=2, random_state=seed)
    xt, xv, yt, yv = cut(x, y.astype("float32"), seed, stratify=False)
    xt, xv = standard(xt, xv)
    m = keras.Sequential(
        [keras.Input((25,)), L.Dense(24, activation="relu"), L.Dropout(0.2), L.Dense(5, activation="sigmoid")]
    )
    return setup(
        m,
        BCE,
        Opt.Adam(2e-3),
        [keras.metrics.AUC(multi_label=True, num_labels=5)],
        pack(xt, yt, xv, yv),
        fit(40, 32, stop(5)),
    )


@case(note="Poisson regression of counts with an exponential output.")
def fine_poisson_counts(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (2000, 5)).astype("float32")
    y = rng.poisson(np.exp(0.5 + 0.6 * x[:, 0] - 0.5 * x[:, 1] + 0.4 * np.abs(x[:, 2]))).astype("float32")
    m = keras.Sequential([keras.Input((5,)), L.Dense(16, activation="tanh"), L.Dense(1, activation="exponential")])
    return setup(
        m, "poisson", Opt.Adam(3e-3), ["mae"], pack(x[:1600], y[:1600], x[1600:], y[1600:]), fit(40, 32, stop(6))
    )


@case(note="Three related regression targets from one net, each standardised.")
def fine_three_targets(seed):
    x, y = skd.make_regression(1500, 12, n_informative=8, n_targets=3, noise=15.0, random_state=seed)
    xt, xv, yt, yv = cut(x, y, seed, stratify=False)
    xt, xv = standard(xt, xv)
    yt, yv = standard(yt, yv)
    m = keras.Sequential([keras.Input((12,)), L.Dense(20, activation="relu"), L.Dense(3)])
    return setup(m, "mse", Opt.Adamax(1e-2), ["mae"], pack(xt, yt, xv, yv), fit(60, 32, stop(8)))


@case(note="Subclassed model with a skip, three classes.")
def fine_subclassed_tower(seed):
    xt, xv, yt, yv = classes(seed, 5000)
    m = Tower(24)
    m(np.zeros((1, 20), "float32"))
    return setup(m, SCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(50, 32, stop(6)))


def pinball(y_true, y_pred):
    e = y_true - y_pred
    return ops.mean(ops.maximum(0.9 * e, -0.1 * e), axis=-1)


@case(note="Quantile regression with a hand-written pinball loss.")
def fine_quantile_pinball(seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (2000, 3)).astype("float32")
    y = (np.sin(2 * x[:, :1]) + 0.5 * x[:, 1:2] + (0.15 + 0.1 * np.abs(x[:, 2:])) * rng.normal(0, 1, (2000, 1))).astype(
        "float32"
    )
    m = keras.Sequential(
        [keras.Input((3,)), L.Dense(32, activation="swish"), L.Dense(32, activation="swish"), L.Dense(1)]
    )
    return setup(
        m, pinball, Opt.Adam(3e-3), ["mae"], pack(x[:1600], y[:1600], x[1600:], y[1600:]), fit(50, 32, stop(7))
    )


@case(note="Rare class of about one in ten, weighted in fit, judged by AUC.")
def fine_class_weighted(seed):
    xt, xv, yt, yv = classes(seed, 3000, 12, 8, 2, 1.5, 0.01, [0.9])
    w = {0: 0.5 * len(yt) / (yt == 0).sum(), 1: 0.5 * len(yt) / (yt == 1).sum()}
    m = keras.Sequential(
        [
            keras.Input((12,)),
            L.Dense(24, activation="relu"),
            L.Dense(12, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(
        m,
        BCE,
        Opt.Adam(2e-3),
        [keras.metrics.AUC(), keras.metrics.Recall()],
        pack(xt, yt, xv, yv),
        fit(40, 64, stop(6), class_weight=w),
    )


@case(note="Regression with two kinds of sensors, the noisy one weighted down.")
def fine_sample_weighted(seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (1800, 4)).astype("float32")
    noisy = rng.random(1800) < 0.4
    noisy[1400:] = False
    y = (np.cos(3 * x[:, 0]) + x[:, 1] * x[:, 2] + rng.normal(0, 1, 1800) * np.where(noisy, 0.8, 0.1)).astype("float32")
    w = np.where(noisy, 0.05, 1.0).astype("float32")
    m = keras.Sequential(
        [keras.Input((4,)), L.Dense(32, activation="tanh"), L.Dense(16, activation="tanh"), L.Dense(1)]
    )
    return setup(
        m,
        "mse",
        Opt.Adam(3e-3),
        None,
        pack(x[:1400], y[:1400], x[1400:], y[1400:]),
        fit(60, 32, stop(8), sample_weight=w[:1400]),
    )


@case(note="Small convnet with label smoothing on the digits.")
def fine_digits_smoothing(seed):
    xt, xv, yt, yv = digits(seed, True)
    m = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(16, 3, activation="relu"),
            L.Conv2D(24, 3, activation="relu"),
            L.Flatten(),
            L.Dropout(0.4),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(
        m,
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        Opt.Adam(2e-3),
        ["accuracy"],
        pack(xt, hot(yt, 10), xv, hot(yv, 10)),
        fit(25, 32, stop(6)),
    )


@case(note="Self-normalising net: selu, lecun_normal, AlphaDropout.")
def fine_selu_alpha(seed):
    xt, xv, yt, yv = tabular("breast_cancer", seed)
    m = keras.Sequential([keras.Input((30,))])
    for _ in range(3):
        m.add(
            L.Dense(
                24, activation="selu", kernel_initializer="lecun_normal", kernel_regularizer=keras.regularizers.L2(1e-3)
            )
        )
        m.add(L.AlphaDropout(0.1))
    m.add(L.Dense(1, activation="sigmoid"))
    return setup(m, BCE, Opt.SGD(0.005, momentum=0.9), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 32, stop(8)))


@case(note="Two moons with mish and Nadam, logits.")
def fine_moons_mish(seed):
    xt, xv, yt, yv = moons(seed)
    m = keras.Sequential(
        [keras.Input((2,)), L.Dense(16, activation="mish"), L.Dense(16, activation="mish"), L.Dense(1)]
    )
    return setup(
        m,
        keras.losses.BinaryCrossentropy(from_logits=True),
        Opt.Nadam(3e-3),
        [keras.metrics.BinaryAccuracy(threshold=0.0)],
        pack(xt, yt, xv, yv),
        fit(60, 32, stop(8)),
    )


@case(note="Rings with PReLU and Adamax, two softmax units.")
def fine_circles_prelu(seed):
    x, y = skd.make_circles(1600, noise=0.1, factor=0.5, random_state=seed)
    xt, xv, yt, yv = cut(x.astype("float32"), y.astype("int32"), seed)
    m = keras.Sequential(
        [keras.Input((2,)), L.Dense(20), L.PReLU(), L.Dense(20), L.PReLU(), L.Dense(2, activation="softmax")]
    )
    return setup(m, SCE, Opt.Adamax(5e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(50, 32, stop(8)))


@case(note="Digits with Adagrad.")
def fine_digits_adagrad(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential(
        [
            keras.Input((64,)),
            L.Dense(40, activation="leaky_relu", kernel_initializer="he_normal"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adagrad(0.05), ["accuracy"], pack(xt, yt, xv, yv), fit(50, 32, stop(6)))


@case(note="Lion with weight decay on flat fashion images.")
def fine_fashion_lion(seed):
    xt, xv, yt, yv = fashion(seed, 5000)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Flatten(),
            L.Dense(64, activation="gelu"),
            L.Dropout(0.3),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Lion(3e-4, weight_decay=0.05), ["accuracy"], pack(xt, yt, xv, yv), fit(60, 64, stop(5)))


@case(note="Adadelta at its classic rate of one.")
def fine_digits_adadelta(seed):
    xt, xv, yt, yv = digits(seed)
    m = keras.Sequential(
        [keras.Input((64,)), L.Dense(32, activation="relu"), L.Dropout(0.2), L.Dense(10, activation="softmax")]
    )
    return setup(m, CCE, Opt.Adadelta(1.0), ["accuracy"], pack(xt, hot(yt, 10), xv, hot(yv, 10)), fit(80, 32, stop(6)))


@case(note="FTRL on a click-like table of indicator columns, no hidden layer.")
def fine_clicks_ftrl(seed):
    rng = np.random.default_rng(seed)
    x = (rng.random((4000, 60)) < 0.15).astype("float32")
    p = 1 / (1 + np.exp(-(x @ rng.normal(0, 1.5, 60) - 0.2)))
    y = (rng.random(4000) < p).astype("int32")
    m = keras.Sequential([keras.Input((60,)), L.Dense(1, activation="sigmoid")])
    return setup(
        m,
        BCE,
        Opt.Ftrl(0.1),
        ["accuracy", keras.metrics.AUC()],
        pack(x[:3200], y[:3200], x[3200:], y[3200:]),
        fit(30, 64),
    )


@case(note="Weights averaged by the optimizer (use_ema), swish net on Friedman's function.")
def fine_friedman_ema(seed):
    xt, xv, yt, yv = friedman(seed)
    m = keras.Sequential(
        [keras.Input((8,)), L.Dense(32, activation="swish"), L.Dense(16, activation="swish"), L.Dense(1)]
    )
    return setup(
        m,
        "mse",
        Opt.AdamW(3e-3, weight_decay=0.01, use_ema=True, ema_momentum=0.98),
        None,
        pack(xt, yt, xv, yv),
        fit(30, 32),
    )


@case(note="GRU encoder and decoder heads for a forecast of six steps, gradients clipped by value.")
def fine_series_gru_seq(seed):
    xt, xv, yt, yv = series(seed, horizon=6)
    m = keras.Sequential(
        [
            keras.Input((24, 1)),
            L.GRU(20),
            L.RepeatVector(6),
            L.GRU(20, return_sequences=True),
            L.TimeDistributed(L.Dense(1)),
        ]
    )
    return setup(
        m,
        "mse",
        Opt.Adam(5e-3, clipvalue=0.5),
        ["mae"],
        pack(xt, yt[..., None], xv, yv[..., None]),
        fit(30, 64, stop(7)),
    )


@case(note="Noisy labels (one in five flipped): 80 % is all there is.")
def fine_noisy_labels(seed):
    xt, xv, yt, yv = classes(seed, 3000, 10, 6, 2, 1.5, 0.3)
    m = keras.Sequential(
        [
            keras.Input((10,)),
            L.Dense(12, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    return setup(m, BCE, Opt.Adam(2e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(50, 32, stop(8)))


@case(note="Where is the blob? Two coordinates in 0..1 with a sigmoid output.")
def fine_blob_position(seed):
    rng = np.random.default_rng(seed)
    c = rng.uniform(0.15, 0.85, (1500, 2)).astype("float32")
    g = (np.arange(16) + 0.5) / 16
    d = (g[None, :, None] - c[:, 1][:, None, None]) ** 2 + (g[None, None] - c[:, 0][:, None, None]) ** 2
    x = (np.exp(-d / 0.01) + rng.normal(0, 0.15, d.shape))[..., None].astype("float32")
    m = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            L.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            L.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            L.Flatten(),
            L.Dense(2, activation="sigmoid"),
        ]
    )
    return setup(m, "mse", Opt.Adam(2e-3), ["mae"], pack(x[:1200], c[:1200], x[1200:], c[1200:]), fit(40, 32, stop(6)))


@case(note="Same or different digit: one shared encoder, absolute difference.")
def fine_siamese_digits(seed):
    xt, xv, yt, yv = digits(seed)
    rng = np.random.default_rng(seed)

    def pairs(x, y, n):
        a = rng.integers(0, len(y), n)
        same = rng.random(n) < 0.5
        b = np.array([rng.choice(np.flatnonzero((y == y[k]) == s)) for k, s in zip(a, same, strict=True)])
        return [x[a], x[b]], same.astype("float32")

    (pt, st), (pv, sv) = pairs(xt, yt, 12000), pairs(xv, yv, 1000)
    encode = keras.Sequential(
        [keras.Input((64,)), L.Dropout(0.1), L.Dense(48, activation="relu"), L.Dropout(0.2), L.Dense(16)]
    )
    a, b = keras.Input((64,)), keras.Input((64,))
    d = ops.abs(encode(a) - encode(b))
    m = keras.Model([a, b], L.Dense(1, activation="sigmoid")(L.Dropout(0.2)(d)))
    return setup(m, BCE, Opt.Adam(1e-3), ["accuracy"], pack(pt, st, pv, sv), fit(40, 64, stop(5)))


@case(note="Residual convnet whose last batch norm of a branch starts at gamma zero.")
def fine_zero_gamma_resnet(seed):
    xt, xv, yt, yv = fashion(seed, 3000)
    i = keras.Input((14, 14, 1))
    h = L.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(i)
    for _ in range(3):
        r = L.ReLU()(L.BatchNormalization(momentum=0.9)(h))
        r = L.Conv2D(16, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(r)
        r = L.BatchNormalization(momentum=0.9, gamma_initializer="zeros")(r)
        h = L.Add()([h, r])
    h = L.ReLU()(L.BatchNormalization(momentum=0.9)(h))
    h = L.Dropout(0.3)(L.Flatten()(L.AveragePooling2D(2)(h)))
    m = keras.Model(i, L.Dense(10, activation="softmax")(h))
    return setup(
        m,
        SCE,
        Opt.SGD(
            Opt.schedules.CosineDecay(0.0, 47 * 9, warmup_target=0.05, warmup_steps=47), momentum=0.9, weight_decay=1e-3
        ),
        ["accuracy"],
        pack(xt, yt, xv, yv),
        fit(10, 64),
    )


@case(note="Frozen base trained on other classes, called with training=False, new head.")
def fine_transfer_frozen(seed):
    base = pretrained(seed)
    base.trainable = False
    xt, xv, yt, yv = fashion(seed, 1500, 500, classes=range(5, 10))
    i = keras.Input((14, 14, 1))
    m = keras.Model(i, L.Dense(5, activation="softmax")(L.Dropout(0.3)(base(i, training=False))))
    return setup(m, SCE, Opt.Adam(1e-3), ["accuracy"], pack(xt, yt - 5, xv, yv - 5), fit(30, 32, stop(5)))


@case(note="Hinge loss with labels of -1 and 1 and a linear output.")
def fine_hinge_signed(seed):
    xt, xv, yt, yv = moons(seed)
    m = keras.Sequential(
        [keras.Input((2,)), L.Dense(24, activation="relu"), L.Dense(24, activation="relu"), L.Dense(1)]
    )
    return setup(
        m, "squared_hinge", Opt.RMSprop(1e-3), None, pack(xt, 2.0 * yt - 1, xv, 2.0 * yv - 1), fit(60, 32, stop(8))
    )


@case(note="Raw house table, but a Normalization layer adapted inside the model; price in units of 100,000.")
def fine_houses_normalization_layer(seed):
    xt, xv, yt, yv = houses(seed)
    n = L.Normalization()
    n.adapt(xt)
    m = keras.Sequential(
        [keras.Input((5,)), n, L.Dense(32, activation="relu"), L.Dense(16, activation="relu"), L.Dense(1)]
    )
    mu, sd = yt.mean(), yt.std()
    return TrainingSpec(
        model=m,
        compile={"optimizer": Opt.Adam(2e-3), "loss": "mse", "metrics": ["mae"]},
        data=pack(xt, (yt - mu) / sd, xv, (yv - mu) / sd),
        fit=fit(60, 32, stop(8)),
        target_offset=float(mu),
        target_scale=float(sd),
    )


@case(note="Bytes as they are with a Rescaling layer first.")
def fine_fashion_rescaling_layer(seed):
    xt, xv, yt, yv = fashion(seed, 4000, scale=False)
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Rescaling(1 / 127.5, -1),
            L.Conv2D(16, 3, activation="elu"),
            L.MaxPooling2D(),
            L.Conv2D(24, 3, activation="elu"),
            L.Flatten(),
            L.Dropout(0.4),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(m, SCE, Opt.Adam(1.5e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(30, 64, stop(4)))


@case(note="Plain linear regression on a linear problem.")
def fine_linear_regression(seed):
    x, y = skd.make_regression(800, 9, n_informative=6, noise=20, random_state=seed)
    xt, xv, yt, yv = cut(x, y, seed, stratify=False)
    xt, xv = standard(xt, xv)
    yt, yv = standard(yt, yv)
    m = keras.Sequential([keras.Input((9,)), L.Dense(1)])
    return setup(m, "mse", Opt.SGD(0.01), None, pack(xt, yt, xv, yv), fit(40, 16))


@case(note="Positive durations with a softplus output and a loss on logarithms.")
def fine_durations_softplus(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1800, 6)).astype("float32")
    y = np.exp(0.3 * x[:, 0] + 0.4 * np.tanh(x[:, 1]) - 0.3 * x[:, 2] + rng.normal(0, 0.15, 1800)).astype("float32")
    m = keras.Sequential([keras.Input((6,)), L.Dense(20, activation="gelu"), L.Dense(1, activation="softplus")])
    return setup(
        m,
        "mean_squared_logarithmic_error",
        Opt.Adam(3e-3),
        ["mae"],
        pack(x[:1400], y[:1400], x[1400:], y[1400:]),
        fit(50, 32, stop(7)),
    )


@case(note="Lamb on a wide net with batch norm before the activations.")
def fine_classes_lamb(seed):
    xt, xv, yt, yv = classes(seed, 3000, 16, 10, 4, 1.6)
    m = keras.Sequential([keras.Input((16,))])
    for _ in range(2):
        m.add(L.Dense(64, use_bias=False))
        m.add(L.BatchNormalization(momentum=0.9))
        m.add(L.ReLU())
        m.add(L.Dropout(0.2))
    m.add(L.Dense(4, activation="softmax"))
    return setup(m, SCE, Opt.Lamb(5e-3), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 64, stop(6)))


@case(note="Four tidy blobs, softmax regression reaching almost everything.")
def fine_blobs_softmax(seed):
    x, y = skd.make_blobs(1200, 6, centers=4, cluster_std=2.5, random_state=seed)
    xt, xv, yt, yv = cut(x, y.astype("int32"), seed)
    xt, xv = standard(xt, xv)
    m = keras.Sequential([keras.Input((6,)), L.Dense(4, activation="softmax")])
    return setup(m, SCE, Opt.Adam(3e-2), ["accuracy"], pack(xt, yt, xv, yv), fit(40, 32))


@case(note="Image in, image out: colour inversion mask by a tanh output on data in -1..1.")
def fine_tanh_image_autoencoder(seed):
    xt, xv, _, _ = fashion(seed, 2500)
    xt, xv = 2 * xt - 1, 2 * xv - 1
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            L.Conv2D(12, 3, strides=2, padding="same", activation="leaky_relu"),
            L.Flatten(),
            L.Dense(24),
            L.Dense(7 * 7 * 8, activation="leaky_relu"),
            L.Reshape((7, 7, 8)),
            L.Conv2DTranspose(8, 3, strides=2, padding="same", activation="leaky_relu"),
            L.Conv2D(1, 3, padding="same", activation="tanh"),
        ]
    )
    return setup(m, "mse", Opt.Adam(4e-3), None, pack(xt, xt, xv, xv), fit(40, 64, stop(5)))
