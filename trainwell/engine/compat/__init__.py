"""Private names of Keras and JAX, by need: the only place in trainwell that may use them.

One function serves one need. Where versions differ, the function chooses by what it finds, not by version numbers. A
name that is missing raises `MissingNameError`; callers either do without (`attempt`) or leave the training to Keras's
own `fit` (`missing_for_training`). `tests/engine/compat` checks each function against public behaviour, and takes each
name away in turn.
"""

from trainwell.engine.compat.callbacks import is_default_method as is_default_method
from trainwell.engine.compat.callbacks import profiles_batches as profiles_batches
from trainwell.engine.compat.compilation_cache import compiling_into as compiling_into
from trainwell.engine.compat.compilation_cache import is_configured as is_configured
from trainwell.engine.compat.data import adapter_arrays as adapter_arrays
from trainwell.engine.compat.data import batches_of_epoch as batches_of_epoch
from trainwell.engine.compat.data import epoch_iterator as epoch_iterator
from trainwell.engine.compat.data import next_execution as next_execution
from trainwell.engine.compat.data import standardize_arrays as standardize_arrays
from trainwell.engine.compat.data import unpack as unpack
from trainwell.engine.compat.data import validation_split as validation_split
from trainwell.engine.compat.global_state import forget_global_seed as forget_global_seed
from trainwell.engine.compat.global_state import global_seed as global_seed
from trainwell.engine.compat.global_state import preserve_auto_names as preserve_auto_names
from trainwell.engine.compat.global_state import set_global_seed as set_global_seed
from trainwell.engine.compat.graph import GraphNode as GraphNode
from trainwell.engine.compat.graph import call_graph as call_graph
from trainwell.engine.compat.graph import graph as graph
from trainwell.engine.compat.graph import is_plain_graph as is_plain_graph
from trainwell.engine.compat.graph import require_callable_graph as require_callable_graph
from trainwell.engine.compat.layers import flatten_layers as flatten_layers
from trainwell.engine.compat.layers import in_symbolic_scope as in_symbolic_scope
from trainwell.engine.compat.layers import is_masked as is_masked
from trainwell.engine.compat.layers import is_quantized_or_rematerialized as is_quantized_or_rematerialized
from trainwell.engine.compat.layers import mask_of as mask_of
from trainwell.engine.compat.layers import own_methods as own_methods
from trainwell.engine.compat.layers import seed_states as seed_states
from trainwell.engine.compat.layers import sublayers as sublayers
from trainwell.engine.compat.optimizer import excludes_from_weight_decay as excludes_from_weight_decay
from trainwell.engine.compat.optimizer import learning_rate_source as learning_rate_source
from trainwell.engine.compat.optimizer import optimized_variables as optimized_variables
from trainwell.engine.compat.optimizer import optimizer_slots as optimizer_slots
from trainwell.engine.compat.optimizer import override_learning_rate as override_learning_rate
from trainwell.engine.compat.optimizer import settings_without_rate as settings_without_rate
from trainwell.engine.compat.optimizer import variable_index as variable_index
from trainwell.engine.compat.patching import require_lax as require_lax
from trainwell.engine.compat.patching import require_patchable as require_patchable
from trainwell.engine.compat.private import MissingNameError as MissingNameError
from trainwell.engine.compat.private import attempt as attempt
from trainwell.engine.compat.private import attribute as attribute
from trainwell.engine.compat.shuffling import make_draws as make_draws
from trainwell.engine.compat.tracing import evaluate as evaluate
from trainwell.engine.compat.tracing import is_variable as is_variable
from trainwell.engine.compat.tracing import open_jaxpr as open_jaxpr
from trainwell.engine.compat.tracing import scope_names as scope_names
from trainwell.engine.compat.tracing import source_frames as source_frames
from trainwell.engine.compat.tracing import trace_level as trace_level
from trainwell.engine.compat.trainer import build as build
from trainwell.engine.compat.trainer import build_from_iterator as build_from_iterator
from trainwell.engine.compat.trainer import compile_arguments as compile_arguments
from trainwell.engine.compat.trainer import epoch_logs as epoch_logs
from trainwell.engine.compat.trainer import initial_epoch as initial_epoch
from trainwell.engine.compat.trainer import loss_terms as loss_terms
from trainwell.engine.compat.trainer import missing_for_training as missing_for_training
from trainwell.engine.compat.trainer import pythonify_logs as pythonify_logs
from trainwell.engine.compat.trainer import share_compilation as share_compilation
from trainwell.engine.compat.variables import extend_stateless_scope as extend_stateless_scope
from trainwell.engine.compat.variables import has_lost_values as has_lost_values
from trainwell.engine.compat.variables import release_value as release_value
