"""The record of one training: what is trained is described, the training is instrumented, and a Run is written."""

from __future__ import annotations

from trainwell.recording.callback_recorder import CallbackRecorder as CallbackRecorder
from trainwell.recording.description import built as built
from trainwell.recording.description import described as described
from trainwell.recording.description import facts_before_training as facts_before_training
from trainwell.recording.description import why_it_raised as why_it_raised
from trainwell.recording.recorder import Recorder as Recorder
from trainwell.recording.recorder import merged as merged

__all__ = [
    "CallbackRecorder",
    "Recorder",
    "built",
    "described",
    "facts_before_training",
    "merged",
    "why_it_raised",
]
