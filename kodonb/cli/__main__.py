"""`python -m kodonb.cli` is `kodonb`."""

from __future__ import annotations

import sys

from kodonb.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
