"""Edits: one change to a TrainingSpec each, applied to a copy of it."""

from __future__ import annotations

from trainwell.edits.blueprint import Blueprint as Blueprint
from trainwell.edits.compiling import ChangeCompile as ChangeCompile
from trainwell.edits.compiling import ChangeOptimizer as ChangeOptimizer
from trainwell.edits.compiling import SetSchedule as SetSchedule
from trainwell.edits.edit import Draft as Draft
from trainwell.edits.edit import Edit as Edit
from trainwell.edits.edit import edited as edited
from trainwell.edits.edit import own_objects as own_objects
from trainwell.edits.fitting import ChangeFit as ChangeFit
from trainwell.edits.fitting import RemoveCallbacks as RemoveCallbacks
from trainwell.edits.fitting import StopEarly as StopEarly
from trainwell.edits.layers import ChangeLayers as ChangeLayers
from trainwell.edits.layers import InsertLayers as InsertLayers
from trainwell.edits.layers import RemoveLayers as RemoveLayers
from trainwell.edits.layers import ReplaceLayers as ReplaceLayers
from trainwell.edits.layers import SetCall as SetCall
from trainwell.edits.layers import SetTrainable as SetTrainable
from trainwell.edits.rows import ClassNumbers as ClassNumbers
from trainwell.edits.rows import DivideInputs as DivideInputs
from trainwell.edits.rows import DropDuplicates as DropDuplicates
from trainwell.edits.rows import DropMissingRows as DropMissingRows
from trainwell.edits.rows import ImputeInputs as ImputeInputs
from trainwell.edits.rows import OneHotLabels as OneHotLabels
from trainwell.edits.rows import ReindexLabels as ReindexLabels
from trainwell.edits.rows import ReshapeTargets as ReshapeTargets
from trainwell.edits.rows import SplitAnew as SplitAnew
from trainwell.edits.rows import StandardizeInputs as StandardizeInputs
from trainwell.edits.scaling import NormalizeInputs as NormalizeInputs
from trainwell.edits.scaling import ScaleTargets as ScaleTargets
