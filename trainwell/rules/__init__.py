"""The rules, one training fault a file, and the judge.

A file holds one `Rule`, named as the file. `judge` measures the rules on a Run, decides their conditions and separates
causes from consequences. Rules of users are declared with `trainwell.rule.rule`.
"""

from __future__ import annotations

from trainwell.rules.catalogue import all_rules as all_rules
from trainwell.rules.catalogue import find_rule as find_rule
from trainwell.rules.catalogue import own_rules as own_rules
from trainwell.rules.catalogue import selected as selected
from trainwell.rules.judging import faults as faults
from trainwell.rules.judging import judge as judge

__all__ = ["all_rules", "faults", "find_rule", "judge", "own_rules", "selected"]
from trainwell.rules.verdicts import suspicions as suspicions
from trainwell.rules.verdicts import verdicts as verdicts
