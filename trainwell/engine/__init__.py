"""The engine: compiled training. The only room that imports jax."""

from trainwell.engine.call_graph import CallError as CallError
from trainwell.engine.call_graph import call_graph as call_graph
from trainwell.engine.call_graph import rows_of_zeros as rows_of_zeros
from trainwell.engine.copying import copied as copied
from trainwell.engine.fallback import reason_for_keras as reason_for_keras
from trainwell.engine.fallback import require_jax as require_jax
from trainwell.engine.fallback import require_values as require_values
from trainwell.engine.fit import fit as fit
from trainwell.engine.gradients import GradientProbe as GradientProbe
from trainwell.engine.gradients import Origin as Origin
from trainwell.engine.inference_probe import InferenceProbe as InferenceProbe
from trainwell.engine.layer_paths import frozen_layers as frozen_layers
from trainwell.engine.many import fit_many as fit_many
from trainwell.engine.output_gradients import output_gradients as output_gradients
from trainwell.engine.outputs_by_layer import outputs_by_layer as outputs_by_layer
from trainwell.engine.recording import Recording as Recording
