"""Names that a notebook has without defining them."""

from __future__ import annotations

import builtins
import re
from typing import Final

_BUILTIN: Final = frozenset(vars(builtins)) | {"PythonFinalizationError", "WindowsError", "aiter", "anext"}
_IPYTHON: Final = frozenset({"In", "Out", "display", "exit", "get_ipython", "quit"})
# Kernels of hosted notebooks bring these along.
_HOSTED: Final = frozenset({"dbutils", "displayHTML", "sc", "spark", "sqlContext"})
_NAMES: Final = _BUILTIN | _IPYTHON | _HOSTED
# `__name__` and the like, and results and inputs by number: `_`, `_3`, `_i`, `_i3`, `_oh`.
_PATTERN: Final = re.compile(r"__\w+__|_+|_i*|_i?\d+|_[iod]h|_exit_code")


def is_known(name: str) -> bool:
    """Whether a name is there before any cell has been executed."""
    return name in _NAMES or _PATTERN.fullmatch(name) is not None
