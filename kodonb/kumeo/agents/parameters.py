"""Arguments of agents: those of the language, taken strictly; what an agent does not know is an error, not lost."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

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
        cache: For how long results are used again for equal input; the engine's.
        concurrency: How many messages may be with the agent at once; the engine's.
        batch_size: How many messages it is given at once, if it can take several; the engine's.
        batch_wait: How long messages wait for others of their batch; the engine's.
    """

    model_config = STRICT
    own: ClassVar[frozenset[str]] = frozenset()

    cache: Any = None
    concurrency: Any = None
    batch_size: Any = None
    batch_wait: Any = None

    @pydantic.model_validator(mode="after")
    def _has_needed(self) -> Self:
        for group in self.needs:
            if not any(getattr(self, name, None) for name in group):
                raise ValueError(f"needs {' or '.join(f'`{name}`' for name in group)}")
        return self
