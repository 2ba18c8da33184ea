import { getContext, setContext } from "svelte";

const KEY = Symbol("announcer");

/** Milliseconds between two announcements: a screen reader reads each to its end. */
const PAUSE = 1_000;
const MOST = 5;

/** Says changes to those who listen to the page rather than look at it, one after the other. */
export class Announcer {
  said = $state.raw("");
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    if (this.#waiting.at(-1) === text) return;
    this.#waiting.push(text);
    // Old news are left out rather than read late.
    this.#waiting = this.#waiting.slice(-MOST);
    if (this.#timer === undefined) this.#next();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #next = (): void => {
    this.#timer = undefined;
    const text = this.#waiting.shift();
    if (text === undefined) return;
    // The same text again would be no change, and not be read.
    this.said = text === this.said ? `${text}\u00a0` : text;
    this.#timer = setTimeout(this.#next, PAUSE);
  };
}

export function provideAnnouncer(): Announcer {
  return setContext(KEY, new Announcer());
}

export function useAnnouncer(): Announcer {
  return getContext<Announcer>(KEY);
}
