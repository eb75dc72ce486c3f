"""The rules: one training fault a file, found by looking into this folder, and judged here.

A rule file holds one `Rule` named as the file is. `judge` measures them on a Run, compares, and puts causes before
their consequences.
"""

from __future__ import annotations

from trainwell.rules.catalogue import all_rules as all_rules
from trainwell.rules.catalogue import find_rule as find_rule
from trainwell.rules.catalogue import selected as selected
from trainwell.rules.judging import faults as faults
from trainwell.rules.judging import judge as judge

__all__ = ["all_rules", "faults", "find_rule", "judge", "selected"]
