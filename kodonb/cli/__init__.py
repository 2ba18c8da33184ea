"""The command line: `kodonb`, alias `koco`.

    options ← commands ← parser ← main
    output ← viewers ← following ← running, steering · history, instance, pruning

Each command names the function that does it, and only that is loaded: `kodonb --help` costs argparse alone.
"""

from __future__ import annotations

from kodonb.cli.main import main

__all__ = ["main"]
