"""What was written is read back: records with their checksums, then tensorboardX's own messages."""

import logging
import struct
import sys

import keras
import numpy as np
import pytest
from tensorboardX.proto.event_pb2 import Event

import trainwell as tw
from trainwell.errors import InputError
from trainwell.techniques.tensorboard import TensorBoard

ROWS = np.random.default_rng(0).normal(size=(80, 4)).astype("float32")
ANSWERS = (ROWS.sum(axis=1) > 0).astype("int32")


def plain_fit(model, *arguments, **options):
    return model.fit(*arguments, **options)


FITS = pytest.mark.parametrize("fit", [plain_fit, tw.fit], ids=["keras", "trainwell"])


def table():
    """Of the checksum CRC-32C, Castagnoli's polynomial, reflected."""
    entries = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        entries.append(value)
    return entries


TABLE = table()


def masked_checksum(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    value ^= 0xFFFFFFFF
    return (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    data = path.read_bytes()
    at = 0
    while at < len(data):
        header = data[at : at + 8]
        (length,) = struct.unpack("<Q", header)
        (of_header,) = struct.unpack("<I", data[at + 8 : at + 12])
        body = data[at + 12 : at + 12 + length]
        (of_body,) = struct.unpack("<I", data[at + 12 + length : at + 16 + length])
        assert of_header == masked_checksum(header)
        assert of_body == masked_checksum(body)
        yield body
        at += 16 + length


def values(folder):
    """By tag, what was written: `(step, value)` of scalars, `(step, message)` of histograms."""
    found = {}
    for path in sorted(folder.iterdir()):
        for record in records(path):
            event = Event.FromString(record)
            for value in event.summary.value:
                what = value.histo if value.HasField("histo") else value.simple_value
                found.setdefault(value.tag, []).append((event.step, what))
    return found


def model(rate=0.1):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(5, "relu", name="hidden"), keras.layers.Dense(2, "softmax", name="out")]
    net = keras.Sequential([keras.Input((4,)), *layers], name="net")
    net.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def train(fit, board, net=None, **options):
    arguments = {"epochs": 3, "batch_size": 16, "verbose": 0, "callbacks": [board]} | options
    return fit(net or model(), ROWS, ANSWERS, **arguments)


def test_the_checksum_is_castagnoli_s():
    assert masked_checksum(b"123456789") == (((0xE3069283 >> 15) | (0xE3069283 << 17)) + 0xA282EAD8) & 0xFFFFFFFF


@FITS
def test_scalars_are_those_of_the_history_in_keras_s_layout(fit, tmp_path):
    history = train(fit, TensorBoard(tmp_path), validation_split=0.2).history
    own, held_out = values(tmp_path / "train"), values(tmp_path / "validation")
    assert set(own) == {"epoch_loss", "epoch_accuracy", "epoch_learning_rate"}
    assert set(held_out) == {
        "epoch_loss",
        "epoch_accuracy",
        "evaluation_loss_vs_iterations",
        "evaluation_accuracy_vs_iterations",
    }
    for name in ("loss", "accuracy"):
        assert [step for step, _ in own[f"epoch_{name}"]] == [0, 1, 2]
        assert [value for _, value in own[f"epoch_{name}"]] == pytest.approx(history[name])
        assert [value for _, value in held_out[f"epoch_{name}"]] == pytest.approx(history[f"val_{name}"])
        assert [step for step, _ in held_out[f"evaluation_{name}_vs_iterations"]] == [4, 8, 12]
    assert own["epoch_learning_rate"] == [(epoch, pytest.approx(0.1)) for epoch in range(3)]


@FITS
def test_the_rate_of_a_schedule_is_that_at_the_end_of_the_epoch(fit, tmp_path):
    train(fit, TensorBoard(tmp_path), model(keras.optimizers.schedules.InverseTimeDecay(1.0, 5, 1.0)))
    rates = values(tmp_path / "train")["epoch_learning_rate"]
    assert [value for _, value in rates] == pytest.approx([1 / 2, 1 / 3, 1 / 4])


@FITS
def test_steps_are_written_each_so_many(fit, tmp_path):
    train(fit, TensorBoard(tmp_path, update_freq=2))
    found = values(tmp_path / "train")
    assert [step for step, _ in found["batch_loss"]] == [2, 4, 6, 8, 10, 12, 14]
    assert [step for step, _ in found["epoch_loss"]] == [0, 1, 2]
    assert found["batch_loss"][4][1] == pytest.approx(found["epoch_loss"][1][1])  # step 10 ends the second epoch


def test_both_ways_of_training_write_the_same_running_values(tmp_path):
    for name, fit in (("keras", plain_fit), ("trainwell", tw.fit)):
        train(fit, TensorBoard(tmp_path / name, update_freq="batch"))
    one, other = (values(tmp_path / name / "train")["batch_loss"] for name in ("keras", "trainwell"))
    assert [step for step, _ in one] == [step for step, _ in other] == list(range(1, 16))
    assert [value for _, value in one] == pytest.approx([value for _, value in other], rel=1e-5)


@pytest.mark.parametrize("update_freq", ["epoch", "batch"])
def test_trainwell_keeps_its_own_loop(update_freq, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="trainwell"):
        train(tw.fit, TensorBoard(tmp_path, update_freq=update_freq), epochs=1)
    assert caplog.records == []


@FITS
def test_histograms_count_every_weight(fit, tmp_path):
    net = model()
    train(fit, TensorBoard(tmp_path, histogram_freq=2), net)
    found = values(tmp_path / "train")
    for weight in net.weights:
        (first, _), (last, histogram) = found[f"{weight.path}/histogram"]
        assert (first, last) == (0, 2)
        array = np.asarray(weight.value, dtype=np.float64)
        assert histogram.num == array.size == sum(histogram.bucket)
        assert (histogram.min, histogram.max) == pytest.approx((array.min(), array.max()))
        assert histogram.sum == pytest.approx(array.sum())
        assert histogram.sum_squares == pytest.approx(np.square(array).sum())
    assert "net/hidden/kernel/histogram" in found


def test_weights_that_are_not_finite_end_no_training(tmp_path):
    net = model()
    net.layers[0].bias.assign([np.nan, np.inf, 1.0, 2.0, 3.0])
    net.layers[1].bias.assign([np.nan, np.nan])
    board = TensorBoard(tmp_path, histogram_freq=1)
    board.set_model(net)
    board.on_train_begin()
    board.on_epoch_end(0, {"loss": float("nan")})
    board.on_train_end()
    found = values(tmp_path / "train")
    assert found["net/hidden/bias/histogram"][0][1].num == 3
    assert "net/out/bias/histogram" not in found
    assert np.isnan(found["epoch_loss"][0][1])


def test_trainings_within_one_second_have_files_of_their_own(tmp_path):
    net, board = model(), TensorBoard(tmp_path, update_freq=5)
    train(tw.fit, board, net, epochs=1)
    train(tw.fit, board, net, epochs=3, initial_epoch=1)
    assert len(list((tmp_path / "train").iterdir())) == 2
    found = values(tmp_path / "train")
    assert [step for step, _ in found["epoch_loss"]] == [0, 1, 2]
    assert [step for step, _ in found["batch_loss"]] == [5, 10, 15]


def test_values_are_there_to_be_seen_after_each_epoch(tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            del epoch, logs
            seen.append(len(values(tmp_path / "train")["epoch_loss"]))

    board = TensorBoard(tmp_path)
    train(tw.fit, board, callbacks=[board, Look()])
    assert seen == [1, 2, 3]


def test_an_evaluation_alone_is_written(tmp_path):
    found = model().evaluate(ROWS, ANSWERS, verbose=0, callbacks=[TensorBoard(tmp_path)], return_dict=True)
    written = values(tmp_path / "validation")["evaluation_loss_vs_iterations"]
    assert written == [(0, pytest.approx(found["loss"]))]


def test_several_optimizers_have_a_rate_each(tmp_path):
    board = TensorBoard(tmp_path)
    net = model()
    net.optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.25))
    board.set_model(net)
    board.on_epoch_end(0, {"loss": 1.0})
    board.on_train_end()
    assert values(tmp_path / "train")["epoch_learning_rate"] == [(0, 0.25)]


def test_a_resumed_training_goes_on(tmp_path):
    for epochs in (1, 3):
        options = {"epochs": epochs, "resume": tmp_path / "state"}
        train(tw.fit, TensorBoard(tmp_path / "board", update_freq=5), **options)
    found = values(tmp_path / "board" / "train")
    assert [step for step, _ in found["epoch_loss"]] == [0, 1, 2]
    assert [step for step, _ in found["batch_loss"]] == [5, 10, 15]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"histogram_freq": -1}, "histogram_freq=-1 was given, and a number of epochs"),
        ({"histogram_freq": 0.5}, "histogram_freq=0.5 was given"),
        ({"update_freq": "step"}, "update_freq='step' was given, and 'epoch', 'batch' or a number of steps"),
        ({"update_freq": 0}, "update_freq=0 was given"),
        ({"update_freq": True}, "update_freq=True was given"),
    ],
)
def test_bad_arguments_are_named(options, message, tmp_path):
    with pytest.raises(InputError, match=message):
        TensorBoard(tmp_path, **options)


def test_a_file_as_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"log_dir='.*file' is a file"):
        TensorBoard(tmp_path / "file")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(InputError, match=r"not installed\.\nRun: pip install 'trainwell\[tensorboard\]'"):
        TensorBoard(tmp_path)
