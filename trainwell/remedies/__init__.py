"""Remedies, one a file, found by name. Each answers the findings of one or more rules."""

from __future__ import annotations

from trainwell.remedies.catalogue import all_remedies as all_remedies
from trainwell.remedies.catalogue import find_remedy as find_remedy
from trainwell.remedies.remedy import Candidate as Candidate
from trainwell.remedies.remedy import Case as Case
from trainwell.remedies.remedy import NoRemedy as NoRemedy
from trainwell.remedies.remedy import Remedy as Remedy
from trainwell.remedies.remedy import remedy as remedy
