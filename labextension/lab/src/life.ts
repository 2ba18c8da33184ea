import type { Kernel, SessionContext } from "./jupyter";

const TARGET = "jupyter.widget";

/** Statuses of a kernel that has lost all widgets. */
const EMPTIED = ["restarting", "autorestarting", "dead"];

export type State = "unknown" | "live" | "gone";

/** Follows whether a notebook's kernel has the model of a widget; tells at once, and whenever that changes. */
export class Life {
  #kernel: Kernel | null = null;
  #state: State = "unknown";
  #open = true;

  constructor(
    private readonly context: SessionContext,
    private readonly model: string,
    private readonly told: (state: State) => void,
  ) {
    context.kernelChanged.connect(this.#begin);
    context.statusChanged.connect(this.#follow);
    this.#begin();
  }

  close(): void {
    this.#open = false;
    this.context.kernelChanged.disconnect(this.#begin);
    this.context.statusChanged.disconnect(this.#follow);
    this.#leave();
  }

  #begin = (): void => {
    this.#leave();
    this.#settle("unknown");
    const kernel = this.context.session?.kernel;
    if (kernel) this.#enter(kernel);
    else void this.#wait();
  };

  /** A notebook that is opened without a kernel does not tell of one that changes. */
  async #wait(): Promise<void> {
    if (!this.context.isReady) await this.context.ready;
    if (this.#open && !this.#kernel) this.#settle("gone");
  }

  #enter(kernel: Kernel): void {
    this.#kernel = kernel;
    this.#look();
    if (this.#state === "live") return;
    // A kernel that computes answers late; what it says meanwhile may bring the model back sooner.
    kernel.anyMessage.connect(this.#look);
    void this.#ask(kernel);
  }

  #leave(): void {
    this.#kernel?.anyMessage.disconnect(this.#look);
    this.#kernel = null;
  }

  #look = (): void => {
    if (this.#kernel?.hasComm(this.model)) this.#settle("live");
  };

  async #ask(kernel: Kernel): Promise<void> {
    let comms: Record<string, unknown> | undefined;
    try {
      ({ comms } = (await kernel.requestCommInfo({ target_name: TARGET })).content);
    } catch {
      // It was restarted or let go before it answered: its status, or the next kernel, tells more.
      return;
    }
    if (kernel === this.#kernel && this.#state === "unknown")
      this.#settle(comms && this.model in comms ? "live" : "gone");
  }

  #follow = (_: unknown, status: string): void => {
    if (EMPTIED.includes(status)) this.#settle("gone");
  };

  #settle(state: State): void {
    if (state !== "unknown") this.#kernel?.anyMessage.disconnect(this.#look);
    this.#state = state;
    this.told(state);
  }
}
