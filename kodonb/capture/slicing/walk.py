"""Walks from flows to all statements that they need, backwards."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from typing import Final

from kodonb.capture import problems
from kodonb.capture.index import Def
from kodonb.capture.names import line_of
from kodonb.capture.slicing import refusals
from kodonb.capture.slicing.changes import Changes
from kodonb.capture.slicing.effects import Change
from kodonb.capture.slicing.judging import Judge
from kodonb.capture.slicing.records import Entry
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.timeline import Reach, Timeline
from kodonb.model.errors import CaptureError

_GIVEN: Final = frozenset({"__file__", "__path__"})
_REMEMBERED: Final = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[iod]h|In|Out|_exit_code")
_SURVIVED: Final = frozenset({"BaseException", "Exception", "NameError"})
_QUERY: Final = re.compile(r"@([^\W\d]\w*)")


class Walk:
    """The statements that flows need.

    Args:
        timeline: The notebook.
        judge: Knows what may be executed at import.
        changes: Knows what changes objects.

    Attributes:
        taken: Places of the statements, with the names that are wanted of each.
        problems: Why some of them cannot come along, with the place of each.
        settings: Changes of imported modules.
        tried: Changes made by trying a flow out.
        shows: Whether IPython's `display` is needed.
    """

    def __init__(self, timeline: Timeline, judge: Judge, changes: Changes) -> None:
        self.taken: dict[int, set[str]] = {}
        self.problems: list[tuple[int, CaptureError]] = []
        self.settings: list[Change] = []
        self.tried: list[tuple[str, Change]] = []
        self.shows = False
        self._timeline = timeline
        self._judge = judge
        self._changes = changes
        self._waiting: list[Statement] = []
        self._missing: list[tuple[str, Statement]] = []
        self._revived: list[tuple[str, Statement]] = []

    def follow(self, entries: Sequence[Entry]) -> None:
        """Take what flows need."""
        for entry in entries:
            self._enter(entry)
        while self._waiting or self._revive():
            self._visit(self._waiting.pop(0))
        sets = {name for statement in self.statements for name in statement.needs.sets}
        for name, user in self._missing:
            if name not in sets:
                self._report(user, self._absent(name, user))

    @property
    def statements(self) -> list[Statement]:
        """What was taken, in the notebook's order."""
        return [self._timeline.statements[at] for at in sorted(self.taken)]

    def _enter(self, entry: Entry) -> None:
        found = self._timeline.last(entry.function).statements
        for statement in found:
            self._take(statement, entry.function)
        if not found:
            self._report(None, self._unknown(entry.function))
        elif entry.decorator and not isinstance(found[-1].node, Def):
            self._report(found[-1], refusals.undecorated(entry.function, found[-1]))
        elif entry.decorator:
            for name in _names(entry.decorator):
                for binder in self._timeline.before(name, found[-1].at).statements if name != "kb" else ():
                    self._take(binder, name)

    def _unknown(self, function: str) -> CaptureError:
        for cell in self._timeline.cells:
            if cell.plain.error is not None and function in cell.source.text:
                return refusals.broken(cell, cell.plain.error)
        return refusals.nowhere(function, "the notebook", self._timeline.names)

    def _take(self, statement: Statement, name: str) -> None:
        if name in self.taken.get(statement.at, ()):
            return
        if statement.at not in self.taken:
            self._waiting.append(statement)
        self.taken.setdefault(statement.at, set()).add(name)
        for change in self._changes.of(statement, name):
            if name in statement.imports:
                self.settings.append(change)
            elif change.tried:
                self.tried.append((name, change))
            else:
                self._take_change(name, change)

    def _take_change(self, name: str, change: Change) -> None:
        if change.statement.at in self.taken:
            return
        error = self._judge.refusal(change.statement) if change.sure else None
        if error is not None or not change.sure:
            self._report(change.statement, refusals.changed(name, change, error))
        else:
            self._take(change.statement, "")

    def _visit(self, statement: Statement) -> None:
        wanted = next(iter(sorted(self.taken[statement.at])), "") or refusals.shown(statement.text)
        node = statement.node
        if statement.masked:
            self._report(statement, _of_magic(wanted, statement))
        elif isinstance(node, ast.ImportFrom) and node.level:
            self._report(statement, refusals.relative(statement))
        elif "get_ipython" in statement.needs.required - _excused(node):
            self._report(statement, problems.magic(_use(statement, "get_ipython")))
        elif (error := self._judge.refusal(statement)) is not None:
            self._report(statement, refusals.executed(wanted, statement, error))
        else:
            self._need(statement)

    def _need(self, statement: Statement) -> None:
        for name in sorted(statement.needs.now):
            self._resolve(name, self._timeline.before(name, statement.at), statement, now=True)
        for name in sorted(statement.needs.later):
            self._resolve(name, self._timeline.last(name), statement, now=False)
        for name in sorted({*statement.needs.hints, *_queried(statement.node)}):
            for binder in self._timeline.last(name).statements:
                self._take(binder, name)
        for binder, name in self._called(statement):
            self._take(binder, name)
        for binder in self._overloads(statement):
            self._take(binder, str(getattr(binder.node, "name", "")))

    def _resolve(self, name: str, found: Reach, user: Statement, *, now: bool) -> None:
        for binder in found.statements:
            self._take(binder, name)
        if found.statements or name == "get_ipython":
            return
        if found.deleted is not None and _is_builtin(name):
            self._revived.append((name, found.deleted))
        elif not _is_builtin(name) and name not in _excused(user.node):
            self._without(name, user, found, now=now)

    def _without(self, name: str, user: Statement, found: Reach, *, now: bool) -> None:
        """Take what else may bind a name that no statement binds."""
        if now and (bound := self._timeline.everywhere(name)):
            self._report(user, refusals.early(name, user, _use(user, name), bound[-1], found.deleted))
        elif name == "display":
            self.shows = True
        elif self._timeline.starred:
            for statement in self._timeline.starred:
                self._take(statement, "*")
        elif name not in _GIVEN:
            self._missing.append((name, user))

    def _absent(self, name: str, user: Statement) -> CaptureError:
        use = _use(user, name)
        bound = self._timeline.everywhere(name)
        if bound:
            return problems.missing(name, use, bound[0].where)
        if name in self._timeline.guarded:
            return refusals.guarded(name, use, self._timeline.guarded[name])
        for cell in self._timeline.cells:
            for magic in cell.plain.magics:
                if magic.may_bind(name):
                    return refusals.by_magic(name, use, cell, magic)
            if cell.plain.error is not None and name in cell.source.text:
                return refusals.broken(cell, cell.plain.error)
        if _REMEMBERED.fullmatch(name):
            return refusals.remembered(name, use)
        return refusals.nowhere(name, use, self._timeline.names)

    def _called(self, statement: Statement) -> Iterator[tuple[Statement, str]]:
        """Yield what functions need that a statement may call: for them, names mean what they mean at that point."""
        waiting: list[Statement] = []
        for name in sorted(statement.runs):
            for binder in self._timeline.before(name, statement.at).statements:
                yield binder, name
                waiting.append(binder)
        seen: set[int] = set()
        while waiting:
            found = waiting.pop()
            if found.at in seen or found.imports:
                continue
            seen.add(found.at)
            for name in sorted(found.needs.later):
                for binder in self._timeline.before(name, statement.at).statements:
                    yield binder, name
                    waiting.append(binder)
            for name in found.needs.now:
                waiting += self._timeline.before(name, found.at).statements

    def _overloads(self, statement: Statement) -> Iterator[Statement]:
        """Yield the overloads above a function."""
        name = str(getattr(statement.node, "name", ""))
        for binder in reversed(self._timeline.everywhere(name) if name else []):
            if binder.at < statement.at:
                if not _is_overload(binder.node):
                    return
                yield binder

    def _revive(self) -> bool:
        """Take what deletes a name that means a builtin again, where the name was bound above."""
        for name, deleting in self._revived:
            bound = [each for each in self._timeline.everywhere(name) if each.at < deleting.at]
            if deleting.at not in self.taken and any(each.at in self.taken for each in bound):
                self._take(deleting, "")
        return bool(self._waiting)

    def _report(self, statement: Statement | None, problem: CaptureError) -> None:
        self.problems.append((-1 if statement is None else statement.at, problem))


def _use(statement: Statement, name: str) -> str:
    """Return the place at which a statement first reads a name."""
    return statement.cell.where(statement.first + line_of(statement.text, name) - 1)


def _of_magic(name: str, statement: Statement) -> CaptureError:
    line = statement.masked[0]
    where = statement.cell.where(line)
    if statement.is_definition:
        return problems.magic(where)
    return refusals.by_magic(
        name, where, statement.cell, next(m for m in statement.cell.plain.magics if m.line == line)
    )


def _is_builtin(name: str) -> bool:
    found = vars(builtins).get(name)
    # IPython adds names such as `display` to the builtins of its process.
    return name in vars(builtins) and not str(getattr(found, "__module__", "")).startswith("IPython.")


def _excused(node: ast.stmt) -> set[str]:
    """Return names that code reads where it is prepared that they are missing."""
    found = [
        part for part in ast.walk(node) if isinstance(part, ast.Try) and any(map(_survives, part.handlers))
    ]
    inner = [part for each in found for statement in each.body for part in ast.walk(statement)]
    return {part.id for part in inner if isinstance(part, ast.Name)}


def _survives(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _SURVIVED) for kind in caught)


def _queried(node: ast.stmt) -> Iterator[str]:
    """Yield names that a DataFrame's `query` or `eval` is told in its text, as in ``"price > @limit"``."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and getattr(part.func, "attr", "") in {"query", "eval"}:
            for word in part.args:
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield from _QUERY.findall(word.value)


def _is_overload(node: ast.stmt) -> bool:
    marks = node.decorator_list if isinstance(node, Def) else []
    return any(getattr(mark, "attr", getattr(mark, "id", "")) == "overload" for mark in marks)


def _names(decorator: str) -> list[str]:
    tree = ast.parse(decorator.strip().removeprefix("@"), mode="eval")
    return sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
