"""trainwell's own recipes on the data sets that ship with scikit-learn."""

from gallery.case import case
from trainwell import datasets
from trainwell.recipes import find_recipe

PEAKS = {"default": 4e-3, "self-normalizing": 0.05}


def _register(recipe, source, suffix="", peak=None, **arguments):
    @case(name=f"recipe-{recipe}-{source}{suffix}", note=f"The {recipe} recipe on {source}, under one cycle.")
    def build(seed):
        chosen = find_recipe(recipe)
        setup = chosen.spec(datasets.load(source, seed=seed), **arguments)
        chosen.follow_one_cycle(setup, peak or PEAKS[recipe])
        return setup


for _source in ("digits", "wine", "breast-cancer", "diabetes"):
    _register("default", _source)
    _register("self-normalizing", _source, peak=None if _source == "digits" else 0.004)
_register("default", "digits", "-deep", depth=8, units=32, epochs=12)
_register("default", "digits", "-conv", net="conv", units=8, epochs=8)
_register("self-normalizing", "digits", "-deep", depth=20, units=32, epochs=20, peak=0.01)
