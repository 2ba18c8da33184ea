"""What kernel and front end say to each other; the front end's types are generated from these records.

A widget's state consists of *sections*. Each push carries those that changed and a number, one higher than the
last; a view that finds a gap, or has just been opened, asks with `Sync` for what it missed. Everything else is a
question with a number of its own and its one reply.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

PROTOCOL: Final = 1
"""Version of these records; a front end that knows another one says so and shows the static picture."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what travels as JSON."""


# Sections of a run


class Head(Record, frozen=True, kw_only=True):
    """What stands above everything.

    Attributes:
        run: Id of the run.
        short: The id as people see it.
        title: Heading for people.
        flow: Name of the flow.
        status: Where the run stands.
        word: The status in words.
        icon: The status as an inline picture, SVG.
        tone: Name of its colour.
        facts: Steps, events and the like, on one line.
        elapsed: Seconds from its first event to its end, or until now.
        ended: Whether the status is final.
        events: Number of events in the log.
    """

    run: str
    short: str
    title: str
    flow: str
    status: str
    word: str
    icon: str
    tone: str
    facts: str
    elapsed: float | None
    ended: bool
    events: int


class Bar(Record, frozen=True, kw_only=True):
    """A progress bar.

    Attributes:
        id: Unique within the run.
        title: What progresses.
        done: How much is done.
        total: How much there is, if that is known.
        unit: What is counted.
        left: Seconds that are left, as far as can be told.
        said: The numbers in words.
        complete: Whether everything is done.
    """

    id: str
    title: str
    done: float
    total: float | None
    unit: str
    left: float | None
    said: str
    complete: bool


class Question(Record, frozen=True, kw_only=True):
    """An open question.

    Attributes:
        lock: Its id within the run.
        title: The question.
        source: Who asks.
        about: What is to be decided on, as HTML as in the static picture; empty if the question does not tell.
        schema: JSON Schema of the answer.
        default: Answer that is taken when time is up, if any.
        left: Seconds until time is up, if it ever is.
    """

    lock: str
    title: str
    source: str
    about: str
    schema: dict[str, Any]
    default: Any
    left: float | None


class Answer(Record, frozen=True, kw_only=True):
    """Who answered a question, and how: ``answer``, ``default`` or ``expired``."""

    lock: str
    title: str
    by: str
    how: str
    value: str


class Counts(Record, frozen=True, kw_only=True):
    """Number of events by kind, and the sources seen, for the filters of the event list."""

    kinds: dict[str, int]
    sources: tuple[str, ...]


class Sections(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Sections of a run; those that are missing have not changed.

    What is text is HTML as in the static picture, made by `kodonb.display`, which escapes whatever a flow said;
    empty where there is nothing.
    """

    head: Head | None = None
    progress: tuple[Bar, ...] | None = None
    questions: tuple[Question, ...] | None = None
    answers: tuple[Answer, ...] | None = None
    counts: Counts | None = None
    trouble: str | None = None
    inputs: str | None = None
    agents: str | None = None
    steps: str | None = None
    timeline: str | None = None
    metrics: str | None = None
    displays: str | None = None
    result: str | None = None
    results: str | None = None
    answered: str | None = None
    notes: str | None = None
    output: str | None = None


class Push(Record, frozen=True, kw_only=True, tag_field="type", tag="push"):
    """What changed.

    Attributes:
        run: Id of the run, as a view may move on to a retry.
        number: Number of this push, dense from 1.
        sections: The sections that changed.
    """

    run: str
    number: int
    sections: Sections


# Questions of the front end


class Sync(Record, frozen=True, kw_only=True, tag_field="do", tag="sync"):
    """Asks for all sections that changed after a push; 0 for all. The reply is a `Push`."""

    id: int
    after: int


class Events(Record, frozen=True, kw_only=True, tag_field="do", tag="events"):
    """Asks for a window of the event list.

    Attributes:
        id: Number of the question.
        after: The events behind this offset, or
        before: those before it, in both cases in their order; without either the last ones.
        limit: How many at most.
        kinds: Only of these kinds; all if empty.
        source: Only of this source; all if empty.
        search: Only with this text, whatever its case.
    """

    id: int
    after: int | None = None
    before: int | None = None
    limit: int = 100
    kinds: tuple[str, ...] = ()
    source: str = ""
    search: str = ""


class Cancel(Record, frozen=True, kw_only=True, tag_field="do", tag="cancel"):
    """Asks the run to end. The reply is `Done`."""

    id: int


class Retry(Record, frozen=True, kw_only=True, tag_field="do", tag="retry"):
    """Asks for a new run with the same code and inputs, which this view then shows. The reply is `Started`."""

    id: int


class Respond(Record, frozen=True, kw_only=True, tag_field="do", tag="answer"):
    """Answers a question of the run. The reply is `Done`."""

    id: int
    lock: str
    values: dict[str, Any]


class Download(Record, frozen=True, kw_only=True, tag_field="do", tag="download"):
    """Asks for the events as a file, or for the picture as a page, piece by piece. The reply is `Piece`.

    Attributes:
        id: Number of the question.
        format: Sort of file.
        after: Where the last piece ended; -1 for the first.
    """

    id: int
    format: Literal["jsonl", "csv", "html"]
    after: int = -1


class Seal(Record, frozen=True, kw_only=True, tag_field="do", tag="seal"):
    """Asks for the static picture that shall stay in the notebook of a run that has ended. The reply is `Sealed`."""

    id: int


class Upload(Record, frozen=True, kw_only=True, tag_field="do", tag="upload"):
    """A piece of a file; its bytes are the message's first buffer. The reply is `Done`.

    Attributes:
        id: Number of the question.
        file: Id that the front end gave the file; a value ``{"file": id}`` in a form stands for its content.
        name: Name of the file.
        size: Bytes of all pieces together.
        first: Place of this piece's first byte.
    """

    id: int
    file: str
    name: str
    size: int
    first: int


class Submit(Record, frozen=True, kw_only=True, tag_field="do", tag="submit"):
    """Asks for a run of the form's flow. The reply is `Started`."""

    id: int
    values: dict[str, Any]


class List(Record, frozen=True, kw_only=True, tag_field="do", tag="list"):
    """Asks for the runs that fit. The reply is `Runs`.

    Attributes:
        id: Number of the question.
        flow: Only of this flow; all if empty.
        status: Only in these statuses; all if empty.
        tag: Only with this tag; all if empty.
        since: Only since then, e.g. ``2h``; all if empty.
        limit: How many at most.
    """

    id: int
    flow: str = ""
    status: tuple[str, ...] = ()
    tag: str = ""
    since: str = ""
    limit: int = 200


class OnRuns(Record, frozen=True, kw_only=True, tag_field="do", tag="runs"):
    """Asks to do the same to several runs. The reply is `Outcomes`."""

    id: int
    what: Literal["open", "cancel", "retry"]
    runs: tuple[str, ...]


Asked = Sync | Events | Cancel | Retry | Respond | Download | Seal | Upload | Submit | List | OnRuns
"""Everything a front end may ask."""


# Replies


class EventRow(Record, frozen=True, kw_only=True):
    """An event as a row of the list; `at` is in milliseconds since 1970, `text` is what it says on a line."""

    offset: int
    at: float
    kind: str
    source: str
    text: str


class Window(Record, frozen=True, kw_only=True):
    """A window of the event list.

    Attributes:
        rows: Events in their order.
        earlier: Offset to ask before for what comes before them, if there may be any.
        later: Offset to ask after for what comes behind them; the log's last for now if there is none yet.
    """

    rows: tuple[EventRow, ...]
    earlier: int | None
    later: int


class Piece(Record, frozen=True, kw_only=True):
    """A piece of a file; `after` is what to ask for next, `None` at its end."""

    name: str
    mime: str
    text: str
    after: int | None


class Sealed(Record, frozen=True, kw_only=True):
    """What stays in the notebook; empty if the view is to stay live."""

    html: str = ""
    plain: str = ""


class Started(Record, frozen=True, kw_only=True):
    """A run that was started."""

    run: str


class Done(Record, frozen=True, kw_only=True):
    """Nothing more to say."""

    note: str = ""


class RunRow(Record, frozen=True, kw_only=True):
    """A run as a row of the table; times are in milliseconds since 1970, `took` in seconds."""

    run: str
    short: str
    status: str
    word: str
    icon: str
    tone: str
    flow: str
    title: str
    tags: tuple[str, ...]
    created: float | None
    took: float | None
    events: int
    reason: str
    ended: bool


class Runs(Record, frozen=True, kw_only=True):
    """Runs, newest first; `flows` and `tags` are what there is to filter by."""

    rows: tuple[RunRow, ...]
    flows: tuple[str, ...]
    tags: tuple[str, ...]


class Outcome(Record, frozen=True, kw_only=True):
    """What became of a wish for one run: `note` says it in words."""

    run: str
    ok: bool
    note: str


class Outcomes(Record, frozen=True, kw_only=True):
    """What became of a wish for several runs."""

    outcomes: tuple[Outcome, ...]


class Problem(Record, frozen=True, kw_only=True):
    """What is wrong with a field; `field` is its path, e.g. ``budget.limit``, empty for the whole."""

    field: str
    message: str


class Failure(Record, frozen=True, kw_only=True):
    """Why something asked for was not done (see the error reference)."""

    code: str
    message: str
    where: str
    remedy: str
    problems: tuple[Problem, ...]


class Reply(Record, frozen=True, kw_only=True, tag_field="type", tag="reply"):
    """The reply to question `re`: what came of it, as the question says, or why nothing did."""

    re: int
    ok: Any = None
    error: Failure | None = None


# Traits


class RunState(Record, frozen=True, kw_only=True):
    """Trait of a run's widget: enough for a first picture, in at most 32 KB; the rest is asked for.

    Attributes:
        protocol: `PROTOCOL` of the kernel.
        run: Id of the run.
        number: Number of the last push that it contains.
        sections: The small sections.
    """

    protocol: int
    run: str
    number: int
    sections: Sections


class FormState(Record, frozen=True, kw_only=True):
    """Trait of a launch form.

    Attributes:
        protocol: `PROTOCOL` of the kernel.
        flow: Name of the flow.
        title: Heading for people.
        summary: What the flow does.
        schema: JSON Schema of its inputs.
        limit: Bytes that a file may have.
    """

    protocol: int
    flow: str
    title: str
    summary: str
    schema: dict[str, Any]
    limit: int


class TableState(Record, frozen=True, kw_only=True):
    """Trait of the table of runs: what it shows first."""

    protocol: int
    query: List
    first: Runs


class Contract(Record, frozen=True, kw_only=True):
    """Everything, so that one schema names it all."""

    asked: Asked
    push: Push
    reply: Reply
    window: Window
    piece: Piece
    started: Started
    done: Done
    runs: Runs
    outcomes: Outcomes
    run: RunState
    form: FormState
    table: TableState
