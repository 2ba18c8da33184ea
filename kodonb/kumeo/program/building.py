"""From drafts to the program."""

from __future__ import annotations

import contextlib
from typing import Any, Final

from kodonb.kumeo.catalogue.sections import INTEGRATION
from kodonb.kumeo.outline.drafts import AgentDraft, Book, ContextDraft, Draft, EndpointDraft
from kodonb.kumeo.outline.values import entries, word
from kodonb.kumeo.program import deploying, records
from kodonb.kumeo.program.making import all_made, made, tested
from kodonb.kumeo.program.wires import link, links, outlet, outlets
from kodonb.kumeo.references.gathering import needed, references
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax.tree import Number, Ref, Text, Value
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds

_OWN: Final = frozenset({"input", "output", "context", "when", "timeout"})


def program(book: Book) -> records.Program:
    """Return what a text defines; what is wrong in it is left out as far as it has to be."""
    return records.Program(
        workflows=tuple(_workflow(draft, book) for draft in book.workflows),
        subworkflows=tuple(_subworkflow(draft, book) for draft in book.subworkflows),
        integrations=tuple(_integration(draft, book) for draft in book.drafts if draft.kind == INTEGRATION),
    )


def _line(book: Book, start: int) -> int:
    return book.tree.source.place(start).line


def _workflow(draft: Draft, book: Book) -> records.Workflow:
    scope = Scope(draft)
    values: dict[str, Value] = {name: section.value for name, section in draft.sections.items()}
    return records.Workflow(
        name=draft.name,
        sources=tuple(_endpoint(each, scope) for each in draft.sources),
        targets=tuple(_endpoint(each, scope) for each in draft.targets),
        preprocessors=tuple(_agent(each, scope, book) for each in draft.preprocessors),
        monitor=deploying.monitor(values.get("monitor"), scope),
        deployment=deploying.deployment(values.get("deployment"), scope),
        nats=made(values.get("nats"), scope),
        models={name: deploying.model(each, scope) for name, each in entries(values.get("models")).items()},
        schemas=all_made(entries(values.get("schemas")), scope),
        data={name: deploying.data(each, scope) for name, each in entries(values.get("data")).items()},
        config=all_made(entries(values.get("config")), scope),
        **_shared(draft, scope, book),
    )


def _subworkflow(draft: Draft, book: Book) -> records.SubWorkflow:
    return records.SubWorkflow(
        name=draft.name,
        input=tuple(text.value for text in draft.inputs),
        output=tuple(text.value for text in draft.outputs),
        **_shared(draft, Scope(draft), book),
    )


def _shared(draft: Draft, scope: Scope, book: Book) -> dict[str, Any]:
    return {
        "contexts": tuple(_context(each, scope) for each in draft.contexts),
        "agents": tuple(_agent(each, scope, book) for each in draft.agents),
        "uses": tuple(records.Use(subworkflow=use.what.text, name=use.name.text) for use in draft.uses),
        "line": _line(book, draft.node.start),
    }


def _endpoint(draft: EndpointDraft, scope: Scope) -> records.Endpoint:
    is_timer = draft.known is not None and draft.known.name == "Timer"
    return records.Endpoint(
        type=draft.type,
        address=made(draft.address, scope),
        options=all_made(draft.options, scope),
        name=draft.name,
        interval=_seconds(draft.address) if is_timer else None,
    )


def _seconds(value: Value | None) -> float | None:
    with contextlib.suppress(UsageError):
        if isinstance(value, Text | Number):
            return seconds(value.value)
    return None  # what has settings in it is known when it runs


def _context(draft: ContextDraft, scope: Scope) -> records.Context:
    return records.Context(type=draft.type, name=draft.name, arguments=all_made(draft.arguments, scope))


def _agent(draft: AgentDraft, scope: Scope, book: Book) -> records.Agent:
    given = draft.arguments
    timeout = _seconds(given.get("timeout"))
    unread = {"timeout": given["timeout"]} if timeout is None and "timeout" in given else {}
    return records.Agent(
        id=draft.id,
        type=draft.type,
        inputs=tuple(links(given.get("input"), scope)),
        outputs=tuple(outlets(given.get("output"), scope)),
        context=tuple(links(given.get("context"), scope)),
        when=tested(given.get("when")),
        timeout=timeout,
        needs=tuple(needed(draft, references(draft, scope), scope)),
        arguments=all_made(given, scope, _OWN)
        | all_made(unread, scope),  # with settings in it, it is read later
        rest=[made(each, scope) for each in draft.rest],
        generated=draft.id_at is None,
        line=_line(book, draft.node.start),
    )


def _integration(draft: Draft, book: Book) -> records.Integration:
    values = {name: section.value for name, section in draft.sections.items()}
    workflow = word(values.get("workflow")) or ""
    scope = Scope(book.find("workflow", workflow) or draft)
    halves = entries(values.get("mapping"))
    return records.Integration(
        name=draft.name,
        workflow=workflow,
        use=word(values.get("use")) or "",
        input={name: link(each, scope) for name, each in entries(halves.get("input")).items()},
        output={
            name: outlet(each)
            for name, each in entries(halves.get("output")).items()
            if isinstance(each, Text | Ref)
        },
    )
