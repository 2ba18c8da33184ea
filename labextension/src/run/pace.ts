/** Milliseconds between two updates of what is on the screen. */
const BETWEEN = 100;

/** Calls back before the page is next painted, at most ten times a second, however often it is asked to. */
export class Pace {
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;

  constructor(private readonly due: () => void) {}

  ask(): void {
    if (this.#timer !== undefined || this.#frame !== undefined) return;
    const wait = this.#last + BETWEEN - performance.now();
    if (wait > 0) this.#timer = setTimeout(this.#paint, wait);
    else this.#paint();
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = undefined;
  }

  #paint = (): void => {
    this.#timer = undefined;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#last = performance.now();
      this.due();
    });
  };
}
