"""Use every public name of trainwell as a program would, for the type checker to read.

`make lint` checks this file with Pyright and fails if a public function loses an argument that is used here. Nothing
here is run; `tests/docs` runs the examples of the documentation.
"""

from __future__ import annotations  # noqa: I001 -- trainwell comes before Keras, whose backend it chooses

from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import trainwell as tw
import keras
from trainwell.activations import find_activation, initializer_for
from trainwell.remedies import Candidate, Case, NoRemedy, Remedy, remedy
from trainwell.report.figures import draw_depth, save, save_figures
from trainwell.report.palette import DARK
from trainwell.rule import Circumstance, Evidence, NotMeasured, Rule, Threshold, evidence, if_measured, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np


def train_a_model(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """Use what trains a compiled model."""
    history = tw.fit(
        model,
        x,
        y,
        batch_size=32,
        epochs=3,
        verbose=0,
        callbacks=[tw.Watch(rules="all", ignore=["TW2"], stop_on="fatal", verbose=False, every=50, first=20)],
        validation_split=0.1,
        validation_data=None,
        shuffle=True,
        class_weight={0: 1.0, 1: 2.0},
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        exact=True,
        fold="auto",
        memory_limit=1_000_000,
        resume=Path("state"),
        recording=tw.Recording(every=10, first=5, capacity=100),
        rules="all",
        ignore="dying-relu",
    )
    assert_type(history, keras.callbacks.History)
    copies = tw.fit_many(model, x, y, seeds=[1, 2], learning_rates=[0.01, 0.1], epochs=3, how="threads", verbose=2)
    print(max(copies, key=lambda copy: copy.history["loss"][-1]).seed)
    recording = tw.Recording()
    print(recording.series()["loss"].values, recording.not_measured)


def declare_a_rule_and_a_remedy() -> None:
    """Use what declares rules and remedies outside of the package."""
    spike = Threshold("spike", 10.0, "times the median loss", "above", "a paper")
    last = Threshold("last", 1.0, "", "above", "a paper")
    late = Circumstance("the spike comes late")

    @rule(
        id="ACME001",
        family="speed",
        severity="minor",
        fault_if=spike | last & if_measured(spike) & late,
        advice_if=last,
    )
    def spiky_loss(run: tw.Run) -> list[Evidence]:
        if "loss" not in run.signals:
            raise NotMeasured("the loss of the batches was not recorded")
        return [evidence("", (20.0, spike), says="It has a spike.", step=3, series=["loss"])]

    @remedy(safety="safe", answers=["dying-relu"], certain=["spiky-loss"])
    def smooth_loss(case: Case) -> Iterator[Candidate]:
        if not case.places:
            raise NoRemedy("it has no place")
        yield ()

    assert_type(spiky_loss, Rule)
    assert_type(smooth_loss, Remedy)
    print(spiky_loss.thresholds, spiky_loss.all_remedies)


def find_and_mend_faults(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """Use what diagnoses and repairs."""
    diagnosis = tw.diagnose(
        model,
        x,
        y,
        epochs=5,
        validation_data=(x, y),
        budget=30.0,
        rules=["TW1", "TW2"],
        thresholds={"TW203.units": 0.5},
    )
    assert_type(diagnosis, tw.Diagnosis)
    print(diagnosis.healthy, [finding.message for finding in diagnosis.faults], diagnosis.to_json())
    diagnosis.to_html("diagnosis.html")
    watch = tw.Watch()
    model.fit(x, y, callbacks=[watch])
    watch.run.save("watched")
    print(tw.Run.load("watched", signals=False).fit.epochs)
    try:
        repaired = tw.repair(
            model, x, y, epochs=5, validation_split=0.2, budget=60.0, seed=1, workers=2, safe_only=True, verbose=1
        )
    except tw.InputError as error:
        print(error.message, error.hint)
        return
    assert_type(repaired, tw.Repair)
    print(repaired.outcome, repaired.before.value, repaired.after.value, repaired.code, repaired.patch)


def apply_techniques(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """Use the functions that are techniques, those at the top first."""
    search = tw.find_lr(model, x, y, batch_size=32, lowest=1e-6, highest=1.0, steps=100, rule="valley", confirm=False)
    assert_type(search, tw.techniques.LearningRateSearch)
    save(search.figure(DARK), "curve.png", resolution=300)
    base = tw.techniques.reuse_layers("base.keras", 3)
    moved = tw.transfer(base, [keras.layers.Dense(1)], x, y, reuse=2, unfreeze="gradual", rate_decay=0.5, head_epochs=1)
    assert_type(moved, tw.techniques.Transfer)
    stages: list[tw.techniques.Stage] = moved.stages
    print([stage.learning_rates for stage in stages])
    pretrained = tw.pretrain(model, x, "denoising", layers=2, epochs=3, noise=0.3, seed=1, verbose="auto")
    assert_type(pretrained, tw.techniques.Pretraining)
    prediction = tw.mc_predict(model, x, samples=50, seed=1, output="softmax", keep_samples=True)
    assert_type(prediction, tw.techniques.MCPrediction)
    print(prediction.entropy, pretrained.reconstruction_error(x))
    assert_type(tw.fold_batchnorm(model), keras.Model)
    assert_type(tw.techniques.explain_batchnorm_folding(model), tw.techniques.FoldingPlan)
    trials = tw.techniques.try_learning_rates(
        model, x, y, learning_rates=[1e-3, 1e-2], steps=50, validation_data=(x, y)
    )
    assert_type(trials, tw.techniques.LearningRateTrials)
    problems: list[tw.techniques.SelfNormalizationProblem] = tw.techniques.self_normalization_problems(model, x)
    print([(problem.what, problem.remedy) for problem in problems])


def apply_the_same_techniques_from_their_namespace(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """Use the techniques that also have a name at the top, under their other name."""
    tw.techniques.find_lr(model, x, y, seed=1)
    tw.techniques.fold_batchnorm(model)
    tw.techniques.mc_predict(model, x, batch_size=64)
    tw.techniques.pretrain(model, x, method="gan", optimizer="adam")
    tw.techniques.transfer("base.keras", keras.layers.Dense(1), x, y, batch_norm="frozen", loss="mse", metrics=["mae"])


def draw_activations(model: keras.Model, x: np.ndarray) -> None:
    """Use the figures of activations and of the signal by depth."""
    save(tw.techniques.activation_curve("elu", low=-3.0, high=3.0).figure(DARK), "elu.png")
    save(tw.techniques.activations_figure(["relu", "selu"], style=DARK), "two.svg")
    statistics = tw.techniques.activation_statistics(model, x, batch_size=64, training=True, layers=["dense"])
    assert_type(statistics, tw.techniques.ActivationStatistics)
    save(draw_depth({"net": (statistics.mean, statistics.deviation)}), "depth.png")
    print(find_activation("selu"), initializer_for("tanh", distribution="uniform"))


def schedule_the_rate(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """Use the schedules and the callbacks."""
    cycle = tw.techniques.OneCycle(0.1, 1000, warmup_share=0.3, phases=3, shape="linear")
    momentum = tw.techniques.OneCycleMomentum(1000, highest=0.95, lowest=0.85)
    decay = tw.techniques.PowerDecay(0.01, 20, power=0.5)
    warm = tw.techniques.Warmup(tw.techniques.Scaled(decay, 0.5), 100, initial_share=0.1)
    save(cycle.figure(1000), "1cycle.svg")
    print(tw.techniques.simulate(warm, 200)[-1])
    sgd = keras.optimizers.SGD(momentum=0.9)
    optimizer = tw.techniques.one_cycle(
        sgd, peak=0.1, steps=1000, momentum=(0.9, 0.8), warmup_share=0.4, final_share=0.0
    )
    assert_type(optimizer, keras.optimizers.Optimizer)
    slower = tw.techniques.with_momentum_schedule(sgd, momentum, learning_rate=warm)
    model.compile(slower, "mse")
    plateau = tw.techniques.PerformanceScheduling("val_loss", factor=0.5, patience=2, mode="min", cooldown=1)
    board = tw.techniques.TensorBoard("logs", histogram_freq=1, update_freq="batch")
    tw.fit(model, x, y, callbacks=[plateau, board])


def train_on_a_file() -> None:
    """Use what reads a source of data."""
    training = tw.train(
        "flowers.csv",
        out=Path("runs/flowers"),
        overwrite=True,
        samples=False,
        verbose=0,
        say=print,
        recipe="default",
        net="dense",
        depth=3,
        units=50,
        epochs=5,
        batch_size=32,
        learning_rate=0.01,
        seed=1,
        tensorboard="logs",
        target="species",
        task="multi-class",
        split_column="part",
        group_column="plant",
        drop=["id"],
        validation_share=0.2,
        test_share=0.2,
    )
    save_figures(training.run, "figures", resolution=300, format="svg", style="dark")
    print(training.diagnosis.faults, training.dataset.classes)
    print(tw.predict("runs/flowers", "new.csv", uncertainty=50, seed=1).columns())
    comparison = tw.compare(
        "flowers.csv", over="optimizer", choices=["sgd", "nadam"], seeds=2, epochs=3, target="species", drop=("id",)
    )
    print(comparison.best, comparison.to_json())


def load_data() -> None:
    """Use the data sets and the recipes."""
    data = tw.datasets.load("flowers.csv", target="species", task="multi-class", seed=1, validation_share=0.2)
    assert_type(data, tw.datasets.Dataset)
    part: tw.datasets.Part = data.train
    document: dict[str, Any] = data.encoder.to_json()
    inputs, rows = tw.datasets.read_new(tw.datasets.encoder_from_json(document), "new.csv")
    print(tw.datasets.builtin_names(), len(part), inputs, rows)
    recipe: tw.recipes.Recipe = tw.recipes.find_recipe("self-normalizing")
    spec = recipe.spec(data, net="dense", depth=3, units=50, epochs=5, batch_size=32)
    print(spec.model, [*tw.recipes.RECIPES], tw.recipes.DEFAULT.activation, tw.recipes.SELF_NORMALIZING.optimizer)
