"""What may stand at a place, with what there is to say of it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kodonb.kumeo.catalogue import types
from kodonb.kumeo.catalogue.arguments import Arguments
from kodonb.kumeo.catalogue.endpoints import CONTEXTS, ENDPOINTS, MODEL_TYPES
from kodonb.kumeo.catalogue.options import options
from kodonb.kumeo.catalogue.roles import Role, parts, roles
from kodonb.kumeo.catalogue.sections import BLOCKS, INTEGRATION, SECTIONS, SUBWORKFLOW, WORKFLOW
from kodonb.kumeo.editing.place import Frame, Place

if TYPE_CHECKING:
    import pydantic

TOP: Final = {
    WORKFLOW: "What happens to the messages of a source: agents, and where their results go.",
    SUBWORKFLOW: "A part with inputs and outputs that workflows take in.",
    INTEGRATION: "Binds a subworkflow into a workflow.",
}
KEYS: Final[dict[tuple[str, ...], dict[str, str]]] = {
    ("models", "*"): {
        "file": "File of the model.",
        "type": f"One of {', '.join(MODEL_TYPES)}.",
        "version": "Its version.",
        "description": "What it is for.",
    },
    ("data", "*"): {"file": "File with the data.", "description": "What it is."},
    ("monitor",): {
        "metrics": "What is measured: a list.",
        "dashboard": "Where it is shown.",
        "alerts": 'Conditions with whom to tell: `"response_time > 5s": "ops"`.',
    },
    ("deployment",): {
        "registry": "Where images are.",
        "base_images": "Images to build on.",
        "resources": "What agents may occupy: `default`, or ids of agents.",
        "storage": "Where files are kept.",
        "scaling": "How many copies run.",
    },
    ("deployment", "scaling"): {"min_replicas": "At least so many.", "max_replicas": "At most so many."},
    ("deployment", "resources", "*"): {
        "cpu": 'Share of CPUs: `"500m"`, `2`.',
        "memory": 'Memory: `"512Mi"`.',
        "gpu": "Number of GPUs.",
        "image": "Image to run in.",
    },
    ("mapping",): {"input": "What its inputs are in the workflow.", "output": "What its outputs are there."},
}
"""Keys of sections, by the way to them."""


class Fact(NamedTuple):
    """Something that may stand at a place.

    Attributes:
        text: What is written.
        kind: ``section``, ``type``, ``argument``, ``value``, ``reference`` or ``word``.
        about: What it is, in Markdown.
    """

    text: str
    kind: str
    about: str


def keys(at: Place) -> Iterator[Fact]:
    """Yield what may stand where a section, an argument or a key is typed."""
    frame = at.inner
    if frame.kind == "top":
        yield from (Fact(name, "word", about) for name, about in TOP.items())
    elif frame.kind == "definition":
        yield from (Fact(name, "section", about) for name, about in SECTIONS.get(frame.name, {}).items())
        if frame.name != INTEGRATION:
            yield from (Fact(f"{name} ", "word", about) for name, about in BLOCKS.items())
    elif frame.kind in {"call", "block"}:
        yield from _arguments(agent_model(at))
        yield from _options(at, 2)
        if frame.kind == "block":
            yield Fact("type", "argument", "Its type.")
    elif frame.kind == "object":
        part = _part(at)
        yield from _arguments(part) if part is not None else _known_keys(at)
        yield from _options(at, 3)


def _options(at: Place, depth: int) -> Iterator[Fact]:
    """Yield the options of the source or target that is so deep in the definition."""
    frames = [frame for frame in at.frames if frame.kind != "array"]
    if len(frames) == depth + 1 and frames[2].kind == "call" and frames[1].key in {"source", "target"}:
        found = options(frames[2].name, frames[1].key)
        yield from (Fact(name, "argument", about) for name, about in found.items())


def agent_model(at: Place) -> type[Arguments] | None:
    """Return what the agent takes whose arguments are being typed."""
    frame = at.inner
    if frame.kind == "block":
        return Arguments if frame.name == "agent" else None
    if (
        len(at.frames) > 2
        and at.frames[2].kind == "array"
        and at.frames[1].key in {"agents", "preprocessors"}
    ):
        found = types.find(frame.name)
        return (found.arguments if found is not None else None) or Arguments
    return None


def _arguments(model: type[pydantic.BaseModel] | None) -> Iterator[Fact]:
    """Yield arguments, those of the type's own before those that all have."""
    fields = model.model_fields if model is not None else {}
    for name in sorted(fields, key=lambda name: (name != "id", name in Arguments.model_fields)):
        yield Fact(fields[name].alias or name, "argument", fields[name].description or "")


def _part(at: Place) -> type[pydantic.BaseModel] | None:
    """Return the model of an object within an agent, such as `config`."""
    for depth, frame in enumerate(at.frames):
        if frame.kind not in {"call", "block"}:
            continue
        model: Any = agent_model(Place(at.frames[: depth + 1], 0, 0, "", quoted=False))
        for inner in at.frames[depth:-1]:
            model = parts(model).get(inner.key) if model is not None else None
        return typing.cast("type[pydantic.BaseModel] | None", model)
    return None


def _known_keys(at: Place) -> Iterator[Fact]:
    path = at.path()
    for way, known in KEYS.items():
        if len(way) == len(path) and all(a in {"*", b} for a, b in zip(way, path, strict=True)):
            yield from (Fact(name, "argument", about) for name, about in known.items())


def kinds(at: Place) -> Iterator[Fact]:
    """Yield the types that may stand where a value is typed."""
    section = at.frames[1].key if len(at.frames) > 1 else ""
    outermost = len(at.frames) == 2 or (len(at.frames) == 3 and at.inner.kind == "array")
    if outermost and section in {"agents", "preprocessors"} and at.inner.kind == "array":
        yield from (Fact(name, "type", about_type(name)) for name in types.names())
    elif outermost and section in {"source", "target"}:
        yield from (
            Fact(each.name, "type", each.summary)
            for each in ENDPOINTS.values()
            if each.target or section == "source"
        )
    elif outermost and section == "context":
        yield from (Fact(name, "type", about) for name, (about, _) in CONTEXTS.items())


def block_types(frame: Frame) -> Iterator[Fact]:
    """Yield the types of blocks, in small letters."""
    if frame.name == "agent":
        yield from (Fact(name.lower(), "value", about_type(name)) for name in types.names())
    else:
        yield from (Fact(each.name.lower(), "value", each.summary) for each in ENDPOINTS.values())


def choices(at: Place) -> Iterator[Fact]:
    """Yield the words that an argument may be, where they are known."""
    if at.inner.kind == "object" and at.path()[:1] == ["models"] and at.inner.key == "type":
        yield from (Fact(name, "value", "type of a model") for name in MODEL_TYPES)
    model = agent_model(at) or _part(at)
    field = model.model_fields.get(at.inner.key) if model is not None else None
    annotation = field.annotation if field is not None else None
    for each in (annotation, *typing.get_args(annotation)):
        if typing.get_origin(each) is typing.Literal:
            yield from (Fact(str(word), "value", "") for word in typing.get_args(each))


def role(at: Place) -> Role | None:
    """Return the role of the argument whose value is being typed, however deep in it."""
    for depth, frame in enumerate(at.frames):
        if frame.kind in {"call", "block"}:
            model = agent_model(Place(at.frames[: depth + 1], 0, 0, "", quoted=False))
            return roles(model).get(frame.key) if model is not None else None
    return None


def leads(at: Place) -> bool:
    """Whether what is being typed is where an agent's messages go: its output, or a way of a router."""
    if role(at) in {Role.OUTPUT, Role.ROUTES}:
        return True
    if at.inner.key != "default":
        return False
    around = (
        agent_model(Place(at.frames[:end], 0, 0, "", quoted=False)) for end in range(2, len(at.frames) + 1)
    )
    return any(model is not None and Role.ROUTES in roles(model).values() for model in around)


def about_type(name: str) -> str:
    """Return what is known of a type of agents."""
    found = types.find(name)
    if found is None or found.arguments is None:
        return "An agent of your own."
    return cleandoc(found.arguments.__doc__ or "").partition("\n\n")[0]
