"""Train a Dataset by a recipe into a run folder, predict from one, repair one."""

from __future__ import annotations

from trainwell.training.predicting import Predictions as Predictions
from trainwell.training.predicting import predict as predict
from trainwell.training.predicting import predict_inputs as predict_inputs
from trainwell.training.repair_run import RepairedRun as RepairedRun
from trainwell.training.repair_run import repair_run as repair_run
from trainwell.training.train import Training as Training
from trainwell.training.train import train as train
