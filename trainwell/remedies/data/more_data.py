"""Gather more rows.

A net with many more weights than rows can learn every row by heart. Nothing that is done to the net replaces rows.

Source: Halevy et al., "The unreasonable effectiveness of data" (2009)
"""

from __future__ import annotations

from trainwell.remedies.remedy import by_hand

more_data = by_hand(__name__)
