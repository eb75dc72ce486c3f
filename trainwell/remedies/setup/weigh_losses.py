"""Give each output's loss a weight, so that all of them have gradients of about the same size.

Pass `loss_weights` to `compile`, as a list in the order of the losses or as a dictionary by output. Begin with 1 for
the loss with the small gradient, and for the large one with the small gradient divided by the large one. Then compare
the results of each output. If the large loss is a squared error of a target far from 1, standardize the target first,
as `(y - mean) / deviation`: both losses are then of about the same size during the whole training.

Source: Kendall et al., "Multi-task learning using uncertainty to weigh losses", CVPR 2018.
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

weigh_losses = by_hand(__name__)
