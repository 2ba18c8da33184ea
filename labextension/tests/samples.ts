import type { FormState, Head, Question, RunRow, RunState, Sections, TableState } from "../src/messages";

export const ICON =
  '<svg class="kn-icon kn-live" width="20" height="20" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.5"/></svg>';

export function head(change: Partial<Head> = {}): Head {
  return {
    run: "run-1234567890",
    short: "run-1234",
    title: "Review papers",
    flow: "review",
    status: "running",
    word: "running",
    icon: ICON,
    tone: "live",
    facts: "3 steps · 12 events",
    elapsed: 5,
    ended: false,
    events: 12,
    ...change,
  };
}

export function question(change: Partial<Question> = {}): Question {
  return {
    lock: "lock-1",
    title: "Publish it?",
    source: "flow",
    about: "",
    schema: {
      type: "object",
      properties: { name: { type: "string", title: "Name" }, sure: { type: "boolean", default: false } },
      required: ["name"],
    },
    default: null,
    left: 60,
    ...change,
  };
}

export function runState(sections: Sections = {}, change: Partial<RunState> = {}): RunState {
  return {
    protocol: 1,
    run: "run-1234567890",
    number: 1,
    sections: { head: head(), ...sections },
    ...change,
  };
}

/** Sections with something in each. */
export function full(): Sections {
  return {
    head: head(),
    progress: [
      {
        id: "a",
        title: "read",
        done: 3,
        total: 10,
        unit: "papers",
        left: 14,
        said: "3 / 10 papers",
        complete: false,
      },
      { id: "b", title: "look", done: 3, total: null, unit: "", left: null, said: "3", complete: false },
    ],
    questions: [question()],
    answers: [{ lock: "lock-0", title: "Begin?", by: "ada", how: "answer", value: "yes" }],
    counts: { kinds: { log: 7, status: 5 }, sources: ["flow", "train#1"] },
    trouble: '<div class="kn-call kn-bad"><strong>ValueError: no</strong></div>',
    inputs: '<dl class="kn-pairs"><dt>topic</dt><dd>cats</dd></dl>',
    agents: '<div class="kn-scroll" tabindex="0" role="group" aria-label="agents"><p>agents</p></div>',
    steps: '<div class="kn-scroll" tabindex="0" role="group" aria-label="steps"><p>graph</p></div>',
    timeline: "<p>gantt</p>",
    metrics: "<p>loss</p>",
    displays: "<figure><p>picture</p></figure>",
    result: "<pre>42</pre>",
    answered: '<dl class="kn-pairs"><dt>Begin?</dt><dd>yes (answer by ada)</dd></dl>',
    results: "<p>on the way</p>",
    notes: "<p>note</p>",
    output: "<details><summary>output (2 lines)</summary><pre>a\nb</pre></details>",
  };
}

export function formState(change: Partial<FormState> = {}): FormState {
  return {
    protocol: 1,
    flow: "review",
    title: "Review papers",
    summary: "Reads and judges.",
    schema: {
      type: "object",
      properties: {
        topic: { type: "string", title: "Topic", description: "what it is about" },
        count: { type: "integer", title: "Count", default: 3, minimum: 1 },
      },
      required: ["topic"],
    },
    limit: 2 ** 20,
    ...change,
  };
}

export function row(run: string, change: Partial<RunRow> = {}): RunRow {
  return {
    run,
    short: run.slice(0, 8),
    status: "finished",
    word: "finished",
    icon: ICON,
    tone: "ok",
    flow: "review",
    title: "Review",
    tags: [],
    created: 0,
    took: 1,
    events: 1,
    reason: "",
    ended: true,
    ...change,
  };
}

export function tableState(rows: RunRow[], change: Partial<TableState> = {}): TableState {
  return {
    protocol: 1,
    query: { do: "list", id: 0 },
    first: { rows, flows: ["review", "train"], tags: ["night"] },
    ...change,
  };
}
