import type { Custom, Model } from "../src/afm";
import type { Failure, Push } from "../src/messages";

export interface Sent {
  id: number;
  do: string;
  [key: string]: unknown;
}

type Answerer = (asked: Sent, buffers: ArrayBuffer[]) => unknown;

/** A refusal, to be thrown by what answers. */
export class Refusal extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** Returns a refusal with a code, a message and perhaps problems of fields. */
export function refusal(code: string, message: string, problems: Failure["problems"] = []): Refusal {
  return new Refusal({ code, message, where: "", remedy: "", problems });
}

/** Both ends of a widget's model: what a view sends is kept, and answered as a test says. */
export class Kernel implements Model {
  readonly sent: Sent[] = [];
  readonly buffers: ArrayBuffer[][] = [];
  readonly listeners = new Map<string, Set<Custom>>();
  answers: Record<string, Answerer> = {};

  constructor(public state: unknown) {}

  get(): unknown {
    return this.state;
  }

  on(event: string, heard: Custom): void {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event)?.add(heard);
  }

  off(event: string, heard: Custom): void {
    this.listeners.get(event)?.delete(heard);
  }

  send(content: unknown, _callbacks?: unknown, buffers: ArrayBuffer[] = []): void {
    const asked = content as Sent;
    this.sent.push(asked);
    this.buffers.push(buffers);
    const answer = this.answers[asked.do];
    if (answer) queueMicrotask(() => this.#answer(asked, answer, buffers));
  }

  /** Changes the trait. */
  set(state: unknown): void {
    this.state = state;
    this.#tell("change:state", undefined);
  }

  reply(re: number, ok: unknown): void {
    this.custom({ type: "reply", re, ok, error: null });
  }

  push(push: Omit<Push, "type">): void {
    this.custom({ type: "push", ...push });
  }

  custom(content: unknown): void {
    this.#tell("msg:custom", content);
  }

  /** Returns what was asked of one sort. */
  asked(what: string): Sent[] {
    return this.sent.filter((sent) => sent.do === what);
  }

  /** Number of listeners that are left. */
  get heard(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  #answer(asked: Sent, answer: Answerer, buffers: ArrayBuffer[]): void {
    try {
      this.reply(asked.id, answer(asked, buffers));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.custom({ type: "reply", re: asked.id, ok: null, error: error.failure });
    }
  }

  #tell(event: string, content: unknown): void {
    for (const heard of [...(this.listeners.get(event) ?? [])]) heard(content);
  }
}
