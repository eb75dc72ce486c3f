"""Train the lower layers on rows without labels.

Where labels are few and rows are many, an autoencoder learns what the rows have in common: tw.pretrain.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

pretraining = by_hand(__name__)
