"""The gallery: small sick and healthy Setups, seeded, shared by the tests of rules, remedies and repair."""

import trainwell  # noqa: F401 -- before Keras, for which it chooses JAX

# isort: split
from gallery import blind as blind
from gallery import forum as forum
from gallery import frozen as frozen
from gallery import own as own
from gallery.case import Case as Case
from gallery.case import every as every
from gallery.case import find as find
from gallery.case import healthy as healthy
from gallery.case import sick as sick
