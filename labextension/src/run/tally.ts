/** Follows the dense numbers of pushes: which one is reached without a gap. */
export class Tally {
  #ahead = new Set<number>();

  constructor(public reached = 0) {}

  /** Whether pushes before one that was seen are missing. */
  get gap(): boolean {
    return this.#ahead.size > 0;
  }

  /** Notes a push. */
  take(number: number): void {
    if (number > this.reached) this.#ahead.add(number);
    while (this.#ahead.delete(this.reached + 1)) this.reached++;
  }

  /** Notes that everything up to a number is known. */
  settle(number: number): void {
    this.reached = Math.max(this.reached, number);
    for (const seen of this.#ahead) if (seen <= this.reached) this.#ahead.delete(seen);
    this.take(this.reached);
  }
}
