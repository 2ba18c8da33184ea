/** A time in milliseconds that ticks each second while somebody looks at it. */
export class Clock {
  now = $state.raw(performance.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Ticks until the returned function is called. */
  start(): () => void {
    this.now = performance.now();
    this.#timer ??= setInterval(() => (this.now = performance.now()), 1000);
    return () => {
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}
