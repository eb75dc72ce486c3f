"""The engine: compiled training. The only room that imports jax."""

from trainwell.engine.fit import fit as fit
