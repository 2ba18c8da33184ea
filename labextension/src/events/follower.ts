/** Milliseconds between two questions for what is new. */
const BETWEEN = 500;

/** Asks for new events while there are some, one question at a time and at most two a second. */
export class Follower {
  #wanted = false;
  #busy = false;
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ask: () => Promise<void>) {}

  follow(wanted: boolean): void {
    this.#wanted = wanted;
    if (wanted) this.#plan();
    else this.#drop();
  }

  close(): void {
    this.follow(false);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #plan(): void {
    if (!this.#wanted || this.#busy || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#go(), Math.max(0, this.#last + BETWEEN - performance.now()));
  }

  async #go(): Promise<void> {
    this.#timer = undefined;
    this.#busy = true;
    this.#last = performance.now();
    await this.ask();
    this.#busy = false;
    this.#plan();
  }
}
