"""Magics: `%%flow`, `%flow`, their completion, and one clean message for each error.

extension ← commands, cell ← launch ← live · parse, complete ← grammar
"""

from __future__ import annotations

from kodonb.magics.extension import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
