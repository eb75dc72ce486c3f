"""The command line: `trainwell COMMAND`. One file a command; each imports what it runs when it runs.

Exit codes: 0; 2 usage, input or configuration; 101 a bug of ours; 130 stopped by Ctrl-C before there was anything to
keep.
"""

from __future__ import annotations

from trainwell.cli.app import main as main
