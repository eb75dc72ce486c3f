"""Give each output's loss a weight, so that all of them have gradients of about the same size.

Pass `loss_weights` to `compile`, as a list in the order of the losses or as a dictionary by output: begin with 1 for the
smallest loss, and for each other one the smallest loss divided by its own at the first step. For a squared error the
weight 1 / variance of the target comes to the same as a standardized target, `(y - mean) / deviation`, which is the
better answer, because its rate and its penalties then fit too.

Source: Kendall et al., "Multi-task learning using uncertainty to weigh losses", CVPR 2018.
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

weigh_losses = by_hand(__name__)
