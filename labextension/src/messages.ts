/* Generated from kodonb/widgets/messages.py by `npm run messages`: change it there. */

/**
 * Everything, so that one schema names it all.
 */
export interface Contract {
  asked: Sync | Events | Cancel | Retry | Respond | Download | Seal | Upload | Submit | List | OnRuns;
  done: Done;
  form: FormState;
  outcomes: Outcomes;
  piece: Piece;
  push: Push;
  reply: Reply;
  run: RunState;
  runs: Runs;
  started: Started;
  table: TableState;
  window: Window;
}
/**
 * Asks for all sections that changed after a push; 0 for all. The reply is a `Push`.
 */
export interface Sync {
  after: number;
  do: "sync";
  id: number;
}
/**
 * Asks for a window of the event list.
 *
 * Attributes:
 *     id: Number of the question.
 *     after: The events behind this offset, or
 *     before: those before it, in both cases in their order; without either the last ones.
 *     limit: How many at most.
 *     kinds: Only of these kinds; all if empty.
 *     source: Only of this source; all if empty.
 *     search: Only with this text, whatever its case.
 */
export interface Events {
  after?: number | null;
  before?: number | null;
  do: "events";
  id: number;
  kinds?: string[];
  limit?: number;
  search?: string;
  source?: string;
}
/**
 * Asks the run to end. The reply is `Done`.
 */
export interface Cancel {
  do: "cancel";
  id: number;
}
/**
 * Asks for a new run with the same code and inputs, which this view then shows. The reply is `Started`.
 */
export interface Retry {
  do: "retry";
  id: number;
}
/**
 * Answers a question of the run. The reply is `Done`.
 */
export interface Respond {
  do: "answer";
  id: number;
  lock: string;
  values: {};
}
/**
 * Asks for the events as a file, or for the picture as a page, piece by piece. The reply is `Piece`.
 *
 * Attributes:
 *     id: Number of the question.
 *     format: Sort of file.
 *     after: Where the last piece ended; -1 for the first.
 */
export interface Download {
  after?: number;
  do: "download";
  format: "csv" | "html" | "jsonl";
  id: number;
}
/**
 * Asks for the static picture that shall stay in the notebook of a run that has ended. The reply is `Sealed`.
 */
export interface Seal {
  do: "seal";
  id: number;
}
/**
 * A piece of a file; its bytes are the message's first buffer. The reply is `Done`.
 *
 * Attributes:
 *     id: Number of the question.
 *     file: Id that the front end gave the file; a value ``{"file": id}`` in a form stands for its content.
 *     name: Name of the file.
 *     size: Bytes of all pieces together.
 *     first: Place of this piece's first byte.
 */
export interface Upload {
  do: "upload";
  file: string;
  first: number;
  id: number;
  name: string;
  size: number;
}
/**
 * Asks for a run of the form's flow. The reply is `Started`.
 */
export interface Submit {
  do: "submit";
  id: number;
  values: {};
}
/**
 * Asks for the runs that fit. The reply is `Runs`.
 *
 * Attributes:
 *     id: Number of the question.
 *     flow: Only of this flow; all if empty.
 *     status: Only in these statuses; all if empty.
 *     tag: Only with this tag; all if empty.
 *     since: Only since then, e.g. ``2h``; all if empty.
 *     limit: How many at most.
 */
export interface List {
  do: "list";
  flow?: string;
  id: number;
  limit?: number;
  since?: string;
  status?: string[];
  tag?: string;
}
/**
 * Asks to do the same to several runs. The reply is `Outcomes`.
 */
export interface OnRuns {
  do: "runs";
  id: number;
  runs: string[];
  what: "cancel" | "open" | "retry";
}
/**
 * Nothing more to say.
 */
export interface Done {
  note?: string;
}
/**
 * Trait of a launch form.
 *
 * Attributes:
 *     protocol: `PROTOCOL` of the kernel.
 *     flow: Name of the flow.
 *     title: Heading for people.
 *     summary: What the flow does.
 *     schema: JSON Schema of its inputs.
 *     limit: Bytes that a file may have.
 */
export interface FormState {
  flow: string;
  limit: number;
  protocol: number;
  schema: {};
  summary: string;
  title: string;
}
/**
 * What became of a wish for several runs.
 */
export interface Outcomes {
  outcomes: Outcome[];
}
/**
 * What became of a wish for one run: `note` says it in words.
 */
export interface Outcome {
  note: string;
  ok: boolean;
  run: string;
}
/**
 * A piece of a file; `after` is what to ask for next, `None` at its end.
 */
export interface Piece {
  after: number | null;
  mime: string;
  name: string;
  text: string;
}
/**
 * What changed.
 *
 * Attributes:
 *     run: Id of the run, as a view may move on to a retry.
 *     number: Number of this push, dense from 1.
 *     sections: The sections that changed.
 */
export interface Push {
  number: number;
  run: string;
  sections: Sections;
  type: "push";
}
/**
 * Sections of a run; those that are missing have not changed.
 *
 * What is text is HTML as in the static picture, made by `kodonb.display`, which escapes whatever a flow said;
 * empty where there is nothing.
 */
export interface Sections {
  agents?: string | null;
  answered?: string | null;
  answers?: Answer[] | null;
  counts?: Counts | null;
  displays?: string | null;
  head?: Head | null;
  inputs?: string | null;
  metrics?: string | null;
  notes?: string | null;
  output?: string | null;
  progress?: Bar[] | null;
  questions?: Question[] | null;
  result?: string | null;
  results?: string | null;
  steps?: string | null;
  timeline?: string | null;
  trouble?: string | null;
}
/**
 * Who answered a question, and how: ``answer``, ``default`` or ``expired``.
 */
export interface Answer {
  by: string;
  how: string;
  lock: string;
  title: string;
  value: string;
}
/**
 * Number of events by kind, and the sources seen, for the filters of the event list.
 */
export interface Counts {
  kinds: {
    [k: string]: number;
  };
  sources: string[];
}
/**
 * What stands above everything.
 *
 * Attributes:
 *     run: Id of the run.
 *     short: The id as people see it.
 *     title: Heading for people.
 *     flow: Name of the flow.
 *     status: Where the run stands.
 *     word: The status in words.
 *     icon: The status as an inline picture, SVG.
 *     tone: Name of its colour.
 *     facts: Steps, events and the like, on one line.
 *     elapsed: Seconds from its first event to its end, or until now.
 *     ended: Whether the status is final.
 *     events: Number of events in the log.
 */
export interface Head {
  elapsed: number | null;
  ended: boolean;
  events: number;
  facts: string;
  flow: string;
  icon: string;
  run: string;
  short: string;
  status: string;
  title: string;
  tone: string;
  word: string;
}
/**
 * A progress bar.
 *
 * Attributes:
 *     id: Unique within the run.
 *     title: What progresses.
 *     done: How much is done.
 *     total: How much there is, if that is known.
 *     unit: What is counted.
 *     left: Seconds that are left, as far as can be told.
 *     said: The numbers in words.
 *     complete: Whether everything is done.
 */
export interface Bar {
  complete: boolean;
  done: number;
  id: string;
  left: number | null;
  said: string;
  title: string;
  total: number | null;
  unit: string;
}
/**
 * An open question.
 *
 * Attributes:
 *     lock: Its id within the run.
 *     title: The question.
 *     source: Who asks.
 *     about: What is to be decided on, as HTML as in the static picture; empty if the question does not tell.
 *     schema: JSON Schema of the answer.
 *     default: Answer that is taken when time is up, if any.
 *     left: Seconds until time is up, if it ever is.
 */
export interface Question {
  about: string;
  default: unknown;
  left: number | null;
  lock: string;
  schema: {};
  source: string;
  title: string;
}
/**
 * The reply to question `re`: what came of it, as the question says, or why nothing did.
 */
export interface Reply {
  error?: Failure | null;
  ok?: {
    [k: string]: unknown;
  };
  re: number;
  type: "reply";
}
/**
 * Why something asked for was not done (see the error reference).
 */
export interface Failure {
  code: string;
  message: string;
  problems: Problem[];
  remedy: string;
  where: string;
}
/**
 * What is wrong with a field; `field` is its path, e.g. ``budget.limit``, empty for the whole.
 */
export interface Problem {
  field: string;
  message: string;
}
/**
 * Trait of a run's widget: enough for a first picture, in at most 32 KB; the rest is asked for.
 *
 * Attributes:
 *     protocol: `PROTOCOL` of the kernel.
 *     run: Id of the run.
 *     number: Number of the last push that it contains.
 *     sections: The small sections.
 */
export interface RunState {
  number: number;
  protocol: number;
  run: string;
  sections: Sections;
}
/**
 * Runs, newest first; `flows` and `tags` are what there is to filter by.
 */
export interface Runs {
  flows: string[];
  rows: RunRow[];
  tags: string[];
}
/**
 * A run as a row of the table; times are in milliseconds since 1970, `took` in seconds.
 */
export interface RunRow {
  created: number | null;
  ended: boolean;
  events: number;
  flow: string;
  icon: string;
  reason: string;
  run: string;
  short: string;
  status: string;
  tags: string[];
  title: string;
  tone: string;
  took: number | null;
  word: string;
}
/**
 * A run that was started.
 */
export interface Started {
  run: string;
}
/**
 * Trait of the table of runs: what it shows first.
 */
export interface TableState {
  first: Runs;
  protocol: number;
  query: List;
}
/**
 * A window of the event list.
 *
 * Attributes:
 *     rows: Events in their order.
 *     earlier: Offset to ask before for what comes before them, if there may be any.
 *     later: Offset to ask after for what comes behind them; the log's last for now if there is none yet.
 */
export interface Window {
  earlier: number | null;
  later: number;
  rows: EventRow[];
}
/**
 * An event as a row of the list; `at` is in milliseconds since 1970, `text` is what it says on a line.
 */
export interface EventRow {
  at: number;
  kind: string;
  offset: number;
  source: string;
  text: string;
}
