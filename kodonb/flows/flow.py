"""Flows: named, typed callables that a session can run."""

from __future__ import annotations

import functools
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

import msgspec

from kodonb.flows import register
from kodonb.model.errors import FlowError
from kodonb.model.flow import FlowMeta, Resources
from kodonb.model.units import seconds, size

if TYPE_CHECKING:
    from kodonb.flows.form import Form

P = ParamSpec("P")
T = TypeVar("T")

_SUBMIT: Final = "kodonb.session:submit"  # found by name, so that this room imports no higher one
_RESOURCES: Final = ("num_cpus", "num_gpus", "memory")


class Flow(Generic[P, T]):
    """A named, typed callable that a session can run.

    Calling it runs it right here; `submit` starts a run.

    Attributes:
        meta: What the flow says of itself.
        function: The function: plain, asynchronous, or a generator.
        fixed: Inputs that every run takes, whatever it is given (see `fix`).
    """

    def __init__(self, function: Callable[P, T], meta: FlowMeta) -> None:
        self.function = function
        self.meta = meta
        self.fixed: dict[str, Any] = {}
        functools.update_wrapper(self, function)

    @property
    def name(self) -> str:
        """Name in the register."""
        return self.meta.name

    @functools.cached_property
    def form(self) -> Form:
        """The parameters."""
        from kodonb.flows.form import form_of  # noqa: PLC0415 - pydantic is loaded when a form is needed

        return form_of(self.function)

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema (draft 2020-12) of the parameters."""
        return self.form.schema

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function right here, without a run."""
        return self.function(*args, **kwargs)

    def submit(self, **inputs: Any) -> Any:
        """Start a run in the current session.

        Args:
            **inputs: Values of the parameters; validated before anything starts.

        Returns:
            The `kodonb.Run`.

        Raises:
            InputsError: Values do not fit the form.
            CaptureError: The flow's code cannot leave the notebook.
            SessionError: The session cannot be reached.
        """
        return pkgutil.resolve_name(_SUBMIT)(self, inputs)

    def fix(self, **inputs: Any) -> None:
        """Let every run that is submitted from now on take these inputs, whatever it is given.

        ``kodonb run notebook.ipynb -p name=value`` does this for a notebook whose parameters are those of its flow.
        """
        self.fixed.update(inputs)

    def __repr__(self) -> str:
        """Show name and signature."""
        return f"<Flow {self.name}{inspect.signature(self.function)}>"


@overload
def flow(function: Callable[P, T], /) -> Flow[P, T]: ...
@overload
def flow(
    *,
    name: str | None = None,
    title: str = "",
    summary: str = "",
    tags: Sequence[str] = (),
    author: str = "",
    organization: str = "",
    version: str = "",
    retries: int = 0,
    timeout: float | str | None = None,
    num_cpus: float | None = None,
    num_gpus: float = 0,
    memory: int | str = 0,
    pip: Sequence[str] = (),
) -> Callable[[Callable[P, T]], Flow[P, T]]: ...
def flow(  # noqa: D417 - the options are described one by one
    function: Callable[P, T] | None = None, /, *, name: str | None = None, **options: Any
) -> Any:
    """Make a function a flow and enter it in the register.

    Args:
        function: The function, when used without options. Of a flow, a new one is made with these options instead of
            its own.
        name: Name in the register; the function's name by default.
        title: Heading for people; made from the name by default.
        summary: What it does; the docstring's first line by default.
        tags: Labels to filter by.
        author: Who wrote it.
        organization: Whose it is.
        version: Version of the flow.
        retries: How often the function is called again after an error; finished steps are replayed.
        timeout: Seconds (or ``"10m"``) a run may take.
        num_cpus: Logical CPUs that the flow function itself occupies; 0 by default.
        num_gpus: Logical GPUs it occupies.
        memory: Bytes (or ``"2GiB"``) it occupies.
        pip: Requirements beside what is installed; starting then costs an environment.

    Raises:
        FlowError: An option is malformed.
    """

    def decorate(target: Callable[P, T]) -> Flow[P, T]:
        if isinstance(target, Flow):
            return register.enter(renamed(target, **_changes(target, name, options)))
        return register.enter(Flow(target, describe(target, name or target.__name__, **options)))

    return decorate if function is None else decorate(function)


def describe(
    function: Callable[..., Any],
    name: str,
    *,
    title: str = "",
    summary: str = "",
    tags: Sequence[str] = (),
    author: str = "",
    organization: str = "",
    version: str = "",
    retries: int = 0,
    timeout: float | str | None = None,
    num_cpus: float | None = None,
    num_gpus: float = 0,
    memory: int | str = 0,
    pip: Sequence[str] = (),
) -> FlowMeta:
    """Return the metadata of a flow, filled up from its name and docstring."""
    if retries < 0:
        raise FlowError(f"retries must not be negative, not {retries}", where=name)
    doc = (inspect.getdoc(function) or "").strip()
    return FlowMeta(
        name=name,
        title=title or _titled(name),
        summary=summary or doc.split("\n\n")[0].replace("\n", " "),
        tags=tuple(tags),
        author=author,
        organization=organization,
        version=version,
        retries=retries,
        timeout=None if timeout is None else seconds(timeout),
        resources=Resources(num_cpus=num_cpus, num_gpus=num_gpus, memory=size(memory)),
        pip=tuple(pip),
    )


def _titled(name: str) -> str:
    """Return a name as a heading; capitals that are in it stay."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _changes(flow: Flow[..., Any], name: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """Return what options change of what a flow says of itself."""
    told = describe(flow.function, name or flow.name, **options)
    chosen = {key: getattr(told.resources, key) for key in _RESOURCES if key in options}
    changes = {key: getattr(told, key) for key in options if key not in _RESOURCES}
    resources = msgspec.structs.replace(flow.meta.resources, **chosen)
    return {**changes, "name": told.name, "resources": resources}


def renamed(flow: Flow[P, T], **changes: Any) -> Flow[P, T]:
    """Return the flow with some of its metadata replaced."""
    return Flow(flow.function, msgspec.structs.replace(flow.meta, **changes))
