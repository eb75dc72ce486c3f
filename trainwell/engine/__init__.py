"""The engine: compiled training. The only room that imports jax."""

from trainwell.engine.fit import fit as fit
from trainwell.engine.many import fit_many as fit_many
from trainwell.engine.recording import Recording as Recording
