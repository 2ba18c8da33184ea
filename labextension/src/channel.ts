import type { Model } from "./afm";
import type {
  Contract,
  Done,
  Failure,
  Outcomes,
  Piece,
  Push,
  Reply,
  Runs,
  Started,
  Window as EventWindow,
} from "./messages";
import type { Sealed } from "./run/ended";
import { t } from "./words";

export type Asked = Contract["asked"];

/** What is replied to each sort of question. */
export interface Replies {
  sync: Push;
  events: EventWindow;
  cancel: Done;
  retry: Started;
  answer: Done;
  download: Piece;
  seal: Sealed;
  upload: Done;
  submit: Started;
  list: Runs;
  runs: Outcomes;
}

type Request<D extends Asked["do"]> = Omit<Extract<Asked, { do: D }>, "id"> & { do: D };

/** Told when a reply takes long, for questions that are waited for all the same. */
export type Slow = (notice: Silent) => void;

/** What a view asks with; the tests put their own in its place. */
export interface Asks {
  ask<D extends Asked["do"]>(request: Request<D>, buffers?: ArrayBuffer[], slow?: Slow): Promise<Replies[D]>;
}

/** The kernel did not do what it was asked. */
export class Refused extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = "Refused";
  }
}

/** The kernel did not reply in time. */
export class Silent extends Error {
  constructor() {
    super(
      t(
        "the kernel does not answer; it may be computing: " +
          "kodonb cancel RUN / kodonb answer RUN in a terminal works too",
      ),
    );
    this.name = "Silent";
  }
}

/** The view was closed before the reply came; nobody is there to be told. */
export class Closed extends Error {}

/** Milliseconds that the kernel has for a reply. */
export const PATIENCE = 15_000;

/** Milliseconds for which a question is waited for that must not be asked twice. */
export const ENDURANCE = 600_000;

interface Open {
  settle(reply: Reply): void;
  drop(reason: Error): void;
}

/** Carries a view's questions to the kernel, and the kernel's replies and pushes to the view. */
export class Channel implements Asks {
  // Views of one model hear each other's replies: each numbers its questions from its own start.
  #next = 1 + Math.floor(Math.random() * 2 ** 40) * 2 ** 12;
  #open = new Map<number, Open>();
  #listeners = new Set<(push: Push) => void>();
  #closed = false;

  constructor(private readonly model: Model) {
    model.on("msg:custom", this.#heard);
  }

  /**
   * Asks the kernel; rejects with `Refused`, or with `Silent` if there is no reply in time.
   *
   * With `slow` it tells that the kernel is silent, and waits on: a kernel that is busy starts a run late, and
   * would start another one if it was asked again.
   */
  ask<D extends Asked["do"]>(
    request: Request<D>,
    buffers: ArrayBuffer[] = [],
    slow?: Slow,
  ): Promise<Replies[D]> {
    if (this.#closed) return Promise.reject(new Closed());
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const giveUp = () => this.#open.get(id)?.drop(new Silent());
      const wait = () => {
        slow?.(new Silent());
        timer = setTimeout(giveUp, ENDURANCE);
      };
      let timer = setTimeout(slow ? wait : giveUp, PATIENCE);
      const end = () => {
        clearTimeout(timer);
        this.#open.delete(id);
      };
      this.#open.set(id, {
        settle: ({ ok, error }) => {
          end();
          if (error) reject(new Refused(error));
          else resolve(ok as unknown as Replies[D]);
        },
        drop: (reason) => {
          end();
          reject(reason);
        },
      });
      this.#send({ ...request, id }, buffers, id);
    });
  }

  /** Hands every push to a listener, until the returned function is called. */
  onPush(listener: (push: Push) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops listening; whoever still waits is told. */
  close(): void {
    this.#closed = true;
    this.model.off("msg:custom", this.#heard);
    this.#listeners.clear();
    for (const open of [...this.#open.values()]) open.drop(new Closed());
  }

  #send(request: unknown, buffers: ArrayBuffer[], id: number): void {
    try {
      this.model.send(request, undefined, buffers);
    } catch {
      // The kernel's end is gone, e.g. after a restart.
      this.#open.get(id)?.drop(new Silent());
    }
  }

  #heard = (content: unknown): void => {
    const message = content as Reply | Push;
    if (message?.type === "reply") this.#open.get(message.re)?.settle(message);
    if (message?.type === "push") for (const listener of [...this.#listeners]) listener(message);
  };
}
