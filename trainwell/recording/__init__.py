"""The record of one training: what is trained is described, the training is instrumented, and a Run is written.

The two Recorders differ in how they see a training. What they describe and write is the same: `description`,
`epoch_tap`, `entries`.
"""

from __future__ import annotations

from trainwell.recording.callback_recorder import CallbackRecorder as CallbackRecorder
from trainwell.recording.compile_description import describe_compile as describe_compile
from trainwell.recording.description import built as built
from trainwell.recording.description import describe as describe
from trainwell.recording.description import described as described
from trainwell.recording.description import why_it_raised as why_it_raised
from trainwell.recording.environment import machine as machine
from trainwell.recording.environment import public_path as public_path
from trainwell.recording.environment import versions as versions
from trainwell.recording.model_description import describe_model as describe_model
from trainwell.recording.recorder import Recorder as Recorder
