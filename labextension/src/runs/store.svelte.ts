import { Closed, type Asks } from "../channel";
import type { List, OnRuns, Outcome, RunRow, Runs, TableState } from "../messages";

/** What the table is filtered by. */
export type Query = Required<Omit<List, "do" | "id">>;

/** Milliseconds between two looks at runs that have not ended. */
const BETWEEN = 3_000;

/** The table of runs: what it shows, what is chosen in it, what became of what was asked. */
export class RunsStore {
  rows = $state.raw<RunRow[]>([]);
  flows = $state.raw<string[]>([]);
  tags = $state.raw<string[]>([]);
  query = $state.raw() as Query;
  chosen = $state.raw<ReadonlySet<string>>(new Set());
  /** Run -> what became of the last wish for it. */
  outcomes = $state.raw<ReadonlyMap<string, Outcome>>(new Map());
  error = $state.raw<unknown>();
  busy = $state.raw(false);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #visible = false;
  #version = 0;

  constructor(
    private readonly channel: Asks,
    { query, first }: TableState,
  ) {
    const { flow = "", status = [], tag = "", since = "", limit = 200 } = query;
    this.query = { flow, status, tag, since, limit };
    this.#take(first);
  }

  /** Filters by something else. */
  filter(change: Partial<Query>): void {
    this.query = { ...this.query, ...change };
    void this.refresh();
  }

  /** Asks for the runs anew. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const version = ++this.#version;
    try {
      const runs = await this.channel.ask({ do: "list", ...this.query });
      if (version !== this.#version) return;
      this.error = undefined;
      this.#take(runs);
    } catch (error) {
      if (version === this.#version && !(error instanceof Closed)) this.error = error;
    }
    if (version === this.#version) this.#plan();
  }

  /** Notes whether anybody can see the table: it is not kept up to date for nobody. */
  see(visible: boolean): void {
    this.#visible = visible;
    this.#plan();
  }

  choose(run: string, on: boolean): void {
    const chosen = new Set(this.chosen);
    if (on) chosen.add(run);
    else chosen.delete(run);
    this.chosen = chosen;
  }

  chooseAll(on: boolean): void {
    this.chosen = new Set(on ? this.rows.map((row) => row.run) : []);
  }

  /** Asks to do something to the chosen runs; returns what became of it. */
  async act(what: OnRuns["what"]): Promise<Outcome[]> {
    this.busy = true;
    this.error = undefined;
    try {
      const request = { do: "runs" as const, what, runs: [...this.chosen] };
      const { outcomes } = await this.channel.ask(request, [], (silent) => (this.error = silent));
      this.error = undefined;
      this.outcomes = new Map([...this.outcomes, ...outcomes.map((one) => [one.run, one] as const)]);
      void this.refresh();
      return outcomes;
    } catch (error) {
      if (!(error instanceof Closed)) this.error = error;
      return [];
    } finally {
      this.busy = false;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#visible = false;
    this.#version++;
  }

  #take({ rows, flows, tags }: Runs): void {
    [this.rows, this.flows, this.tags] = [rows, flows, tags];
    const there = new Set(rows.map((row) => row.run));
    this.chosen = new Set([...this.chosen].filter((run) => there.has(run)));
  }

  #plan(): void {
    clearTimeout(this.#timer);
    // After a failure it is the reader who tries again: a wrong filter stays wrong.
    if (!this.#visible || this.error || this.rows.every((row) => row.ended)) return;
    this.#timer = setTimeout(() => void this.refresh(), BETWEEN);
  }
}
