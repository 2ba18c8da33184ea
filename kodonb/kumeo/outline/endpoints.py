"""Sources, targets and contexts: of a call, of a list, of blocks."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.catalogue.endpoints import ADDRESSES, CONTEXTS, ENDPOINTS, Endpoint, find_loosely
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.outline.drafts import ContextDraft, EndpointDraft
from kodonb.kumeo.outline.values import entries, listed, named, positional, word
from kodonb.kumeo.syntax.tree import Array, Block, Call, Lost, Object, Value


def endpoints(value: Value, role: str, wrong: list[Finding]) -> Iterator[EndpointDraft]:
    """Yield the sources or targets of a section.

    Args:
        value: What the section says.
        role: ``"source"`` or ``"target"``.
        wrong: Takes what is wrong with it.
    """
    for each in listed(value):
        if isinstance(each, Call):
            yield _of_call(each, role, wrong)
        elif not isinstance(each, Lost):
            example = f'write e.g. {role}: NATS("orders.new")'
            wrong.append(finding("E006", each, f"a {role} is written as TYPE(address)", example))


def _of_call(call: Call, role: str, wrong: list[Finding]) -> EndpointDraft:
    name = call.name.text
    known = ENDPOINTS.get(name)
    draft = EndpointDraft(call, name, known)
    places = positional(call.args)
    draft.options = named(call.args)
    if places and not isinstance(places[0], Object):
        draft.address = places.pop(0)
    draft.options |= further(places)
    _finish(draft)
    _check_role(draft, known, role, wrong)
    return draft


def further(places: list[Value]) -> dict[str, Value]:
    """Return what stands behind the known arguments without a name: objects of options; others have no name."""
    found: dict[str, Value] = {}
    for number, each in enumerate(places, 1):
        found |= entries(each) if isinstance(each, Object) else {f"further argument {number}": each}
    return found


def block_endpoint(block: Block, wrong: list[Finding]) -> EndpointDraft | None:
    """Return the source or target that a block is; nothing if it says no type."""
    given = named(block.pairs)
    name = word(given.pop("type", None))
    role = block.kind.text
    if not name:
        example = f'write e.g. {role} {block.name.text} {{ type = "nats" topic = "orders.new" }}'
        wrong.append(finding("E006", block.name, f"the {role} `{block.name.text}` has no type", example))
        return None
    known = find_loosely(name)
    draft = EndpointDraft(block, known.name if known else name, known, options=given, name=block.name.text)
    _finish(draft)
    _check_role(draft, known, role, wrong)
    return draft


def _finish(draft: EndpointDraft) -> None:
    """Take address and name out of the options."""
    if draft.address is None:
        key = next((key for key in ADDRESSES if key in draft.options), "")
        draft.address = draft.options.pop(key, None)
    if not draft.name:
        draft.name = word(draft.options.pop("name", None)) or ""


def _check_role(draft: EndpointDraft, known: Endpoint | None, role: str, wrong: list[Finding]) -> None:
    if known is not None and role == "target" and not known.target:
        message = f"`{known.name}` can be a source, not a target"
        wrong.append(finding("E006", draft.node, message, 'write e.g. target: NATS("orders.done")'))


def contexts(value: Value, wrong: list[Finding]) -> Iterator[ContextDraft]:
    """Yield what the section `context` declares; `wrong` takes what is wrong with it."""
    for each in value.items if isinstance(value, Array) else (value,):
        if not isinstance(each, Call | Lost):
            example = 'write e.g. context: KnowledgeBase("docs/")'
            wrong.append(finding("E006", each, "a context is written as TYPE(…)", example))
        elif isinstance(each, Call):
            _, places = CONTEXTS.get(each.name.text, ("", ()))
            said = positional(each.args)
            given = dict(zip(places, said, strict=False)) | further(said[len(places) :]) | named(each.args)
            options = given.get("options")
            if isinstance(options, Object):
                del given["options"]
                given.update(entries(options))
            yield ContextDraft(each, each.name.text, word(given.pop("name", None)) or "", given)
