import { afterEach } from "vitest";
import run from "../src/entries/run";
import type { Sections } from "../src/messages";
import { Kernel } from "./kernel";
import { runState } from "./samples";
import { painted, settled, show } from "./show";

export const RUN = "run-1234567890";
let close: (() => void) | undefined;

/** Opens the view of a run; the end of the test closes it. */
export async function open(sections: Sections = {}, answers: Kernel["answers"] = {}) {
  const kernel = new Kernel(runState(sections));
  kernel.answers = { sync: () => ({ type: "push", run: RUN, number: 1, sections: {} }), ...answers };
  const shown = show(run, kernel);
  close = shown.close;
  await settled();
  let number = 1;
  const push = async (changed: Sections) => {
    kernel.push({ run: RUN, number: ++number, sections: changed });
    await painted();
  };
  return { kernel, push, close, el: shown.el.querySelector<HTMLElement>(".kodonb-live")! };
}

afterEach(() => close?.());
