"""The compiled programs of a model, kept with it until it is compiled anew.

They live as long as Keras would keep its own `train_function`: `compile()` throws that away, and then ours are made
again too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.engine.program import StepProgram

if TYPE_CHECKING:
    import keras

_ATTRIBUTE = "_trainwell_programs"


class Programs:
    """The training and validation programs of one compiled model.

    Args:
        model: a compiled model.
        made_for: Keras's `train_function` at that time, which marks the compilation.
        exact: as of `StepProgram`.
    """

    def __init__(self, model: keras.Model, made_for: Any, *, exact: bool) -> None:
        self.made_for = made_for
        self.exact = exact
        self.train = StepProgram(model.train_step, exact=exact)
        self.test = StepProgram(model.test_step, exact=exact)

    @classmethod
    def of(cls, model: keras.Model, *, exact: bool) -> Programs:
        """The model's programs, made where there are none or where the model was compiled since."""
        model.make_train_function()  # wraps the step; nothing is traced before it is called
        programs = vars(model).get(_ATTRIBUTE)
        wanted = (model.train_function, exact)
        if programs is None or (programs.made_for, programs.exact) != wanted:
            programs = cls(model, model.train_function, exact=exact)
            # Past Keras's own __setattr__, which looks for layers and variables in whatever a model is given.
            object.__setattr__(model, _ATTRIBUTE, programs)
        return programs
