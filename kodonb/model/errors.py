"""Every error kodonb raises, in one tree.

    KodonbError
    ├── UsageError        KN0xx  what was typed: options, names, parameters
    │   └── InputsError   KN010  values that do not fit a flow's form
    ├── CaptureError      KN1xx  code that cannot leave the notebook
    ├── FlowError         KN2xx  a cell or function that is not a flow
    ├── RunError          KN3xx  what became of a run, or was asked of it
    ├── SessionError      KN4xx  no way to reach what carries runs
    ├── StoreError        KN5xx  the event log or its artifacts
    ├── NotebookError     KN6xx  a notebook that cannot be read, executed or written
    ├── ServiceError      KN7xx  a service that cannot be exported, reached or deployed
    └── KumeoError        Exxx   a workflow in Kumeo that cannot run

Each error has a code, one line that says what is wrong, the place, and the way out.
`docs/reference/errors.md` has an entry for every code in `CODES`; those of Kumeo are a table of their own, in
`kodonb.kumeo.diagnostics.codes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

CODES: dict[str, str] = {
    "KN001": "unknown option or command",
    "KN002": "unknown flow",
    "KN003": "unknown run",
    "KN004": "run prefix fits several runs",
    "KN005": "value cannot be read",
    "KN006": "file or module not found",
    "KN007": "bad setting",
    "KN010": "inputs do not fit the form",
    "KN101": "name is not defined any more",
    "KN102": "object cannot travel",
    "KN103": "data must be an input",
    "KN104": "source code not found",
    "KN105": "captured code does not load",
    "KN111": "name is used before its cell",
    "KN112": "name is defined in no cell",
    "KN113": "name is defined again in a later cell",
    "KN114": "cells were executed out of order",
    "KN115": "parameter is read by no cell",
    "KN116": "secret in the notebook",
    "KN117": "absolute path",
    "KN118": "cell changes what the flow needs",
    "KN119": "await outside of a function",
    "KN201": "cell defines no flow",
    "KN202": "cell defines several flows",
    "KN203": "cell has a syntax error",
    "KN204": "flow definition is wrong",
    "KN205": "parameter cannot be put into a form",
    "KN301": "run failed",
    "KN302": "run was cancelled",
    "KN303": "time is up",
    "KN304": "step failed",
    "KN305": "runner died",
    "KN306": "cluster went away",
    "KN307": "event is too large",
    "KN308": "question was answered already",
    "KN309": "nothing to answer",
    "KN310": "answer does not fit the question",
    "KN311": "run has ended",
    "KN312": "value cannot be kept or sent",
    "KN401": "no Ray to reach",
    "KN402": "wrong token",
    "KN403": "Ray did not start",
    "KN404": "spooler does not answer",
    "KN405": "not possible in this session",
    "KN501": "disk is full",
    "KN502": "store is damaged",
    "KN503": "store is newer than this kodonb",
    "KN504": "store cannot be written",
    "KN505": "artifact is missing",
    "KN506": "store cannot be reached",
    "KN601": "notebook cannot be read",
    "KN602": "cell failed",
    "KN603": "kernel did not start",
    "KN604": "kernel died",
    "KN605": "file cannot be written",
    "KN606": "another job writes the file",
    "KN607": "nobody answers",
    "KN701": "nothing to export",
    "KN702": "export differs",
    "KN703": "exported service does not work",
    "KN704": "unknown export target",
    "KN705": "folder is not an export, or was changed by hand",
    "KN706": "deployment failed",
    "KN707": "unknown deployment",
    "KN708": "not allowed",
    "KN709": "too many requests",
    "KN710": "file refused",
    "KN711": "no access control",
    "KN801": "agent failed",
    "KN802": "agent is declared wrongly",
    "KN803": "package of an agent is missing",
    "KN804": "file of an agent cannot be read",
    "KN805": "data do not fit",
    "KN806": "language model does not answer",
    "KN807": "answer does not fit its schema",
    "KN808": "inference failed",
    "KN809": "module was stopped",
    "KN810": "query was refused",
    "KN811": "nobody decided",
    "KN812": "notification was not sent",
    "KN820": "source or target cannot be reached",
    "KN821": "source or target is declared wrongly",
    "KN822": "package of a source or target is missing",
    "KN823": "message cannot be read",
    "KN824": "NATS server did not start",
    "KN825": "stream is missing",
    "KN830": "program has errors",
    "KN831": "there is no such workflow or agent",
    "KN832": "workflow cannot be planned",
    "KN833": "event was not recorded",
}
"""All codes with their titles."""


class KodonbError(Exception):
    """Base of all errors that kodonb raises.

    Args:
        message: One line that says what is wrong.
        code: A code of `CODES`; the class has a default.
        where: The place: a cell and line, a file, an option.
        remedy: What to do next.
    """

    code: str = "KN301"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        where: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        """Render code, message, place and way out, each on its line."""
        lines = [f"{self.code}: {self.message}"]
        if self.where:
            lines.append(f"  at: {self.where}")
        if self.remedy:
            lines.append(f"  do: {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with every field."""
        return _rebuild, (type(self), self.args, self.__dict__)

    def _render_traceback_(self) -> list[str]:
        """Show one clean message in IPython while the cell still counts as failed."""
        return str(self).splitlines()


def _rebuild(kind: type[KodonbError], args: tuple[Any, ...], state: dict[str, Any]) -> KodonbError:
    error = kind.__new__(kind, *args)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class UsageError(KodonbError):
    """Something typed by the user is unknown or malformed."""

    code = "KN001"


class Problem(NamedTuple):
    """One reason why inputs do not fit.

    Attributes:
        field: Dotted path of the parameter, e.g. ``"options.depth"``.
        message: What is wrong with it.
    """

    field: str
    message: str


class InputsError(UsageError):
    """Values do not fit a form.

    Attributes:
        problems: All reasons at once, in the order of the form.
    """

    code = "KN010"

    def __init__(
        self,
        message: str,
        problems: Sequence[Problem] = (),
        *,
        code: str | None = None,
        where: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, code=code, where=where, remedy=remedy)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """Render the message and a line for each problem."""
        return "\n".join([super().__str__(), *(f"  - {p.field}: {p.message}" for p in self.problems)])


class CaptureError(KodonbError):
    """Code or data of a flow cannot leave the notebook."""

    code = "KN102"


class FlowError(KodonbError):
    """A cell or function is not a well-formed flow."""

    code = "KN204"


class RunError(KodonbError):
    """A run failed, or something impossible was asked of it."""

    code = "KN301"


class RunFailed(RunError):
    """A run ended in `error`, or was cancelled.

    Attributes:
        run: Id of the run.
        traceback: Traceback in the user's cells, as text; empty if there is none.
    """

    def __init__(
        self,
        message: str,
        *,
        run: str = "",
        traceback: str = "",
        code: str | None = None,
        where: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, code=code, where=where, remedy=remedy)
        self.run = run
        self.traceback = traceback

    def __str__(self) -> str:
        """Render the user's traceback above the message."""
        return "\n".join(filter(None, [self.traceback.rstrip(), super().__str__()]))


class StepFailed(RunError):
    """A step raised, timed out, or its worker died.

    Attributes:
        step: Id of the step within its run, e.g. ``"train#3"``.
        traceback: Traceback in the user's cells, as text.
        inputs: Short representations of the step's arguments by name.
    """

    code = "KN304"

    def __init__(
        self,
        message: str,
        *,
        step: str = "",
        traceback: str = "",
        inputs: dict[str, str] | None = None,
        code: str | None = None,
        where: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, code=code, where=where, remedy=remedy)
        self.step = step
        self.traceback = traceback
        self.inputs = inputs or {}


class RunTimeout(RunError):
    """A wait, a flow, a step or a question took longer than allowed."""

    code = "KN303"


class SessionError(KodonbError):
    """What carries runs cannot be reached."""

    code = "KN401"


class StoreError(KodonbError):
    """The event log or an artifact cannot be read or written."""

    code = "KN504"


class NotebookError(KodonbError):
    """A notebook cannot be read, executed or written."""

    code = "KN602"


class ServiceError(KodonbError):
    """A service cannot be exported, reached or deployed."""

    code = "KN703"


class KumeoError(KodonbError):
    """A workflow in Kumeo has errors; the code and the place are those of the first."""

    code = "E001"


class Cancelled(BaseException):
    """Raised inside a flow or step whose run is being cancelled.

    Derives from `BaseException` so that ``except Exception`` in a flow does not swallow it.
    """
