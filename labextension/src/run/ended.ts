import type { Asks } from "../channel";

/** Tells whoever shows a view that its run has ended; the event's detail is an `AskSealed`. */
export const ENDED = "kodonb:ended";

/** The static picture that is to stay of a run; empty if its view is to stay live. */
export interface Sealed {
  html: string;
  plain: string;
}

/** Asks the kernel for what is to stay of the run. */
export type AskSealed = () => Promise<Sealed>;

/** Milliseconds that the kernel has to put the picture in the view's place itself, by the output's display id. */
export const GRACE = 2_000;

/** Tells that the run of a view has ended, unless the returned function is called before. */
export function tellEnded(part: Element, channel: Asks): () => void {
  const detail: AskSealed = () => channel.ask({ do: "seal" });
  const timer = setTimeout(
    () => part.dispatchEvent(new CustomEvent(ENDED, { bubbles: true, detail })),
    GRACE,
  );
  return () => clearTimeout(timer);
}
