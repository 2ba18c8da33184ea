"""The files that a program names: what has to be beside it wherever it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from kodonb.kumeo.program.records import Agent, Context, Program, SubWorkflow, Workflow
from kodonb.kumeo.program.values import plain

_SUFFIX: Final = re.compile(r"\.[A-Za-z]\w{0,8}$")
_QUOTED: Final = re.compile(r"'([^'\n]+)'")
_LOCAL: Final = ("sqlite:///", "duckdb:///")
_SECTIONS: Final = ("models.", "schemas.", "data.", "config.")


class Named(NamedTuple):
    """A file or folder.

    Attributes:
        path: How the program calls it.
        by: What names it, such as ``models.anomaly``.
        sure: Whether it is one for certain; otherwise the text may mean something else.
    """

    path: str
    by: str
    sure: bool = True


def files(program: Program, workflow: Workflow) -> Iterator[Named]:
    """Yield the files that a workflow reads, with those of the program's subworkflows.

    Sources and targets are not among them, nor are keys and certificates: these belong to the place where it runs.

    Args:
        program: The program.
        workflow: The workflow.
    """
    yield from _of_sections(workflow)
    parts: tuple[Workflow | SubWorkflow, ...] = (workflow, *program.subworkflows)
    for part in parts:
        for context in part.contexts:
            yield from _of_context(context, workflow)
    for agent in (*workflow.preprocessors, *(each for part in parts for each in part.agents)):
        yield from _of_agent(agent)


def _of_sections(workflow: Workflow) -> Iterator[Named]:
    yield from (Named(each.file, f"models.{name}") for name, each in workflow.models.items() if each.file)
    yield from (Named(each.file, f"data.{name}") for name, each in workflow.data.items() if each.file)
    for name, value in workflow.schemas.items():
        if isinstance(value, str):
            yield Named(value, f"schemas.{name}")
    for name, value in workflow.config.items():
        for text in _texts(plain(value)):
            if text.endswith(".json"):
                yield Named(text, f"config.{name}")


def _of_context(context: Context, workflow: Workflow) -> Iterator[Named]:
    said = {name: plain(value) for name, value in context.arguments.items()}
    for name in ("path", "connection"):
        text = said.get(name)
        if isinstance(text, str):
            short = next((text.removeprefix(each) for each in _LOCAL if text.startswith(each)), text)
            if "://" not in short and short != ":memory:" and short not in workflow.data:
                yield from _sure(short, f"the context {context.type}")
    yield from _of_query(said.get("query"), context.type)


def _of_agent(agent: Agent) -> Iterator[Named]:
    by = f"the agent {agent.id}"
    for value in (*agent.arguments.values(), *agent.rest):
        for text in _texts(plain(value)):
            if _SUFFIX.search(text) or "/" in text:
                yield Named(text, by, sure=False)
    for link in (*agent.inputs, *agent.context):
        yield from _of_query(link.query, by)


def _of_query(query: object, by: str) -> Iterator[Named]:
    for text in _QUOTED.findall(query) if isinstance(query, str) else ():
        yield Named(text, by, sure=False)


def _sure(text: str, by: str) -> Iterator[Named]:
    if not text.startswith(_SECTIONS):
        yield Named(text, by)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
