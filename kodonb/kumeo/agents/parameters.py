"""Arguments of agents: those of the language, taken strictly; what an agent does not know is an error, not lost."""

from __future__ import annotations

from typing import ClassVar, Final, Self

import pydantic

from kodonb.kumeo.catalogue.arguments import Arguments

STRICT: Final = pydantic.ConfigDict(
    extra="forbid", frozen=True, protected_namespaces=(), populate_by_name=True
)


class Record(pydantic.BaseModel):
    """A part of a declaration; what it does not know is an error."""

    model_config = STRICT


class Parameters(Arguments):
    """Arguments that every agent takes, most of which the engine sees to.

    Attributes:
        own: Arguments that would be the engine's, and that the agent sees to itself.
    """

    model_config = STRICT
    own: ClassVar[frozenset[str]] = frozenset()

    @pydantic.model_validator(mode="after")
    def _has_needed(self) -> Self:
        for group in self.needs:
            if not any(getattr(self, name, None) for name in group):
                raise ValueError(f"needs {' or '.join(f'`{name}`' for name in group)}")
        return self
