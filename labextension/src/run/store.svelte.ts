import { Closed, type Asks, type Channel } from "../channel";
import type { Push, RunState, Sections } from "../messages";
import { Pace } from "./pace";
import { Tally } from "./tally";

/** Milliseconds after which a kernel that did not answer is asked again, and how often. */
const AGAIN = 10_000;
const TIMES = 30;

/** Milliseconds that pushes have to arrive before they are asked for once more. */
const GRACE = 1_000;

/** What is known of a run: the trait's sections, brought up to date by pushes. */
export class RunStore {
  run = $state.raw("");
  sections = $state.raw<Sections>({});
  /** When the head arrived, as in `performance.now()`: the time since then is added to what it says. */
  headAt = $state.raw(0);
  /** When the questions arrived. */
  questionsAt = $state.raw(0);
  /** Why what is shown may be old, if it may. */
  trouble = $state.raw<unknown>(undefined);

  #tally = new Tally();
  #stamps = new Map<string, number>();
  #waiting: Sections = {};
  #fresh = false;
  #arrived = new Map<string, number>();
  #pace = new Pace(() => this.#show());
  #syncing = false;
  #failed = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void;

  constructor(
    private readonly channel: Asks & Pick<Channel, "onPush">,
    state: RunState,
  ) {
    this.#begin(state.run);
    this.#merge(state.sections, state.number);
    this.#show();
    this.#stop = channel.onPush((push) => this.take(push));
    // The trait holds the small sections only, so a view begins by asking for all.
    void this.sync();
  }

  /** Takes what the kernel says has changed. */
  take(push: Push): void {
    if (push.run !== this.run) this.#begin(push.run);
    this.#merge(push.sections, push.number);
    this.#tally.take(push.number);
    if (this.#tally.gap) void this.sync();
  }

  /** Takes the trait when it changes: it tells of pushes that may have been lost, and of another run. */
  follow(state: RunState): void {
    if (state.run !== this.run) {
      this.#begin(state.run);
      this.#merge(state.sections, state.number);
      void this.sync();
    } else if (state.number > this.#tally.reached) {
      clearTimeout(this.#grace);
      this.#grace = setTimeout(() => {
        if (state.run === this.run && state.number > this.#tally.reached) void this.sync();
      }, GRACE);
    }
  }

  /** Asks for what was missed. */
  async sync(): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    clearTimeout(this.#again);
    const asked = this.run;
    try {
      this.#settle(await this.channel.ask({ do: "sync", after: this.#tally.reached }), asked);
    } catch (error) {
      this.#failing(error);
    } finally {
      this.#syncing = false;
    }
  }

  close(): void {
    this.#stop();
    this.#pace.close();
    clearTimeout(this.#again);
    clearTimeout(this.#grace);
  }

  #settle(push: Push, asked: string): void {
    this.#failed = 0;
    this.trouble = undefined;
    if (push.run !== this.run && this.run === asked) this.#begin(push.run);
    if (push.run === this.run) {
      this.#merge(push.sections, push.number);
      this.#tally.settle(push.number);
    }
    // The run was exchanged, or more was lost, while the kernel answered.
    if (push.run !== this.run || this.#tally.gap) this.#again = setTimeout(() => void this.sync(), GRACE);
  }

  #failing(error: unknown): void {
    this.#failed++;
    if (error instanceof Closed) return;
    this.trouble = error;
    if (this.#failed <= TIMES) this.#again = setTimeout(() => void this.sync(), AGAIN);
  }

  #begin(run: string): void {
    this.run = run;
    this.#tally = new Tally();
    this.#stamps.clear();
    this.#waiting = {};
    this.#fresh = true;
  }

  /** Keeps the newest of each section, whatever the order in which replies and pushes arrive. */
  #merge(sections: Sections, number: number): void {
    for (const [name, value] of Object.entries(sections)) {
      if (value == null || number < (this.#stamps.get(name) ?? 0)) continue;
      this.#stamps.set(name, number);
      this.#arrived.set(name, performance.now());
      Object.assign(this.#waiting, { [name]: value });
    }
    this.#pace.ask();
  }

  #show(): void {
    if (!Object.keys(this.#waiting).length) return;
    if (this.#waiting.head) this.headAt = this.#arrived.get("head") ?? 0;
    if (this.#waiting.questions) this.questionsAt = this.#arrived.get("questions") ?? 0;
    // Another run's picture stays until there is something to put in its place.
    this.sections = this.#fresh ? this.#waiting : { ...this.sections, ...this.#waiting };
    this.#fresh = false;
    this.#waiting = {};
  }
}
