"""Show the rows of the rare class more often.

An alternative to weights, where a batch would else hold no row of the class. Repeat rows of the training part only,
after the split.

Source: Chawla et al., "SMOTE" (2002)
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

oversample_rare_class = by_hand(__name__)
