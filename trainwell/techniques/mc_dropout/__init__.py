"""MC dropout: many predictions with dropout on, their mean and their spread."""

from trainwell.techniques.mc_dropout.checks import require_dropout as require_dropout
from trainwell.techniques.mc_dropout.predict import mc_predict as mc_predict
from trainwell.techniques.mc_dropout.prediction import MCPrediction as MCPrediction
