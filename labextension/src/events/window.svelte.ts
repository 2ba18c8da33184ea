import { Closed, type Asks } from "../channel";
import type { EventRow, Events, Window } from "../messages";

/** Which events are shown. */
export interface Filter {
  kinds: string[];
  source: string;
  search: string;
}

/** Where the rows that came last belong in the picture: at an end, or beside those that are there. */
export type Goal = "first" | "last" | "beside";

type Place = Partial<Pick<Events, "after" | "before" | "limit">>;

const PAGE = 100;

/** Rows that are enough for the end of the list, while they change all the time. */
export const LATEST = 60;

/** How often a search goes on by itself that has found nothing yet. */
const TRIES = 20;

/** Most rows held; as many more as are added at one end are dropped at the other. */
export const MOST = 400;

/** A window onto a run's events: a few hundred rows of what may be a million. */
export class EventWindow {
  rows = $state.raw<EventRow[]>([]);
  /**
   * Number of the first row's place. Rows that stay keep their places; rows that are exchanged as a whole take those of
   * the ones before, so that the page has texts to change and nothing to build.
   */
  place = $state.raw(0);
  /** Offset to ask before for earlier rows; null if there are none. */
  earlier = $state.raw<number | null>(null);
  /** Offset to ask after for later rows. */
  later = $state.raw(-1);
  loading = $state.raw(false);
  error = $state.raw<unknown>();
  /** Number of events in the log, as far as is known. */
  total = $state.raw(0);

  goal = $state.raw<Goal>("last");

  #filter: Filter = { kinds: [], source: "", search: "" };
  // Counts what makes replies that are still on their way worthless: another filter, another place.
  #version = 0;

  constructor(private readonly channel: Asks) {}

  /** Whether there are events behind the last row, or may be. */
  get behind(): boolean {
    return this.later < this.total - 1;
  }

  /** Begins anew with other events; shows the last ones. */
  async begin(filter: Filter): Promise<void> {
    this.#filter = filter;
    this.error = undefined;
    [this.rows, this.earlier, this.later] = [[], null, -1];
    await this.last();
  }

  async first(): Promise<void> {
    this.#forget();
    await this.#load({ after: -1 }, (found) => this.#exchange(found, null, "first"));
  }

  async last(): Promise<void> {
    this.#forget();
    await this.#load({ limit: LATEST }, (found) => this.#exchange(found, found.earlier, "last"));
    // A rare word is searched piece by piece: the kernel says where to go on.
    const version = this.#version;
    for (let tried = 0; tried < TRIES && version === this.#version && this.#foundNothing; tried++)
      await this.loadEarlier();
  }

  async loadEarlier(): Promise<void> {
    if (this.earlier === null) return;
    await this.#load({ before: this.earlier }, (found) => this.#prepend(found));
  }

  async loadLater(): Promise<void> {
    if (this.behind) await this.#load({ after: this.later }, (found) => this.#append(found, MOST));
  }

  /** Comes up to the last event, and holds no more than its end; when that is more than a page away, by a jump. */
  async catchUp(): Promise<void> {
    if (this.total - 1 - this.later > PAGE) await this.last();
    else if (this.behind) await this.#load({ after: this.later }, (found) => this.#append(found, LATEST));
  }

  get #foundNothing(): boolean {
    return !this.rows.length && this.earlier !== null && !this.error;
  }

  #forget(): void {
    this.#version++;
    this.loading = false;
  }

  async #load(place: Place, take: (found: Window) => void): Promise<void> {
    if (this.loading) return;
    const version = this.#version;
    this.loading = true;
    try {
      const found = await this.channel.ask({ do: "events", limit: PAGE, ...this.#filter, ...place });
      if (version !== this.#version) return;
      this.error = undefined;
      take(found);
    } catch (error) {
      if (version === this.#version && !(error instanceof Closed)) this.error = error;
    } finally {
      if (version === this.#version) this.loading = false;
    }
  }

  #exchange({ rows, later }: Window, earlier: number | null, goal: Goal): void {
    this.goal = goal;
    this.rows = rows;
    this.earlier = earlier;
    this.#reach(later);
  }

  #prepend(found: Window): void {
    const rows = [...found.rows, ...this.rows];
    this.place -= found.rows.length;
    this.goal = "beside";
    this.earlier = found.earlier;
    if (rows.length > MOST) {
      rows.length = MOST;
      this.later = rows[MOST - 1]?.offset ?? this.later;
    }
    this.rows = rows;
  }

  #append(found: Window, most: number): void {
    // A reply may hold what is here already if the log was asked twice about the same place.
    const last = this.rows.at(-1)?.offset ?? -1;
    const rows = [...this.rows, ...found.rows.filter((row) => row.offset > last)];
    const dropped = rows.splice(0, Math.max(0, rows.length - most));
    this.place += dropped.length;
    this.goal = "beside";
    if (dropped.length) this.earlier = rows[0]?.offset ?? null;
    this.rows = rows;
    this.#reach(found.later);
  }

  #reach(later: number): void {
    this.later = later;
    this.total = Math.max(this.total, later + 1);
  }
}
