"""Packages that only some agents need: imported when such an agent is opened."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType
from typing import Final

from kodonb.kumeo.agents.errors import AgentError

_INSTALLS: Final = {
    "sklearn": "pip install scikit-learn",
    "joblib": "pip install scikit-learn",
    "torch": "pip install torch",
}


def package(name: str) -> ModuleType:
    """Import a package.

    Raises:
        AgentError: It is not installed (KN803).
    """
    try:
        with warnings.catch_warnings():
            # Some have warnings at import that are about their own making, and some cannot bear them to be errors.
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != name.partition(".")[0]:
            raise
        raise AgentError(
            f"the package {name} is not installed",
            code="KN803",
            remedy=_INSTALLS.get(name.partition(".")[0], "pip install 'kodonb[kumeo]'"),
        ) from None
