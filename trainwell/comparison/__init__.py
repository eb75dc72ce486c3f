"""Comparisons: one thing varied, all else alike, each choice trained from several seeds."""

from trainwell.comparison.compare import compare as compare
from trainwell.comparison.folder import place_for as place_for
from trainwell.comparison.folder import write as write
from trainwell.comparison.kinds import KINDS as KINDS
from trainwell.report.comparison.result import Comparison as Comparison
from trainwell.report.comparison.result import Outcome as Outcome
