import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import form from "../src/entries/form";
import run from "../src/entries/run";
import runs from "../src/entries/runs";
import { clock, duration, size, ticking } from "../src/format";
import { PROTOCOL } from "../src/protocol";
import { counted, t } from "../src/words";
import { Kernel } from "./kernel";
import { formState, full, row, runState, tableState } from "./samples";
import { settled, show } from "./show";

const widgets = [
  ["run", run, runState(full())],
  ["form", form, formState()],
  ["runs", runs, tableState([row("run-a", { ended: false })])],
] as const;

describe("the protocol", () => {
  it("is the kernel's", () => {
    const source = readFileSync("../kodonb/widgets/messages.py", "utf8");
    expect(Number(/^PROTOCOL: Final = (\d+)/m.exec(source)?.[1])).toBe(PROTOCOL);
  });

  it.each(widgets)("of another version makes %s say so, and nothing else", async (_name, widget, state) => {
    const kernel = new Kernel({ ...state, protocol: PROTOCOL + 1 });
    const { el, close } = show(widget, kernel);
    await settled();
    expect(el.querySelectorAll('[role="alert"]')).toHaveLength(1);
    expect(el.textContent?.trim()).toBe(
      "This view was made by another version of kodonb: update kodonb or reload the page",
    );
    expect(kernel.sent).toEqual([]);
    close();
  });
});

describe("clean-up", () => {
  it.each(widgets)("of %s leaves nothing behind", async (_name, widget, state) => {
    const added = new Map<EventTarget, number>();
    const count = (by: number) =>
      function (this: EventTarget) {
        added.set(this, (added.get(this) ?? 0) + by);
      };
    const targets = [document, window] as EventTarget[];
    const spies = targets.flatMap((target) => {
      const [on, off] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)];
      return [
        vi.spyOn(target, "addEventListener").mockImplementation((...given) => {
          count(1).call(target);
          on(...(given as Parameters<typeof on>));
        }),
        vi.spyOn(target, "removeEventListener").mockImplementation((...given) => {
          count(-1).call(target);
          off(...(given as Parameters<typeof off>));
        }),
      ];
    });
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
    const kernel = new Kernel(state);
    const { el, close } = show(widget, kernel);
    await settled();
    expect(kernel.heard).toBeGreaterThan(0);
    close();
    close();
    await settled();
    expect(kernel.heard).toBe(0);
    expect(el.childElementCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    for (const spy of spies) spy.mockRestore();
    expect([...added.values()].every((left) => left <= 0)).toBe(true);
  });

  it("follows the signal, too", () => {
    const kernel = new Kernel(runState());
    const stop = new AbortController();
    run.render({ model: kernel, el: document.createElement("div"), signal: stop.signal });
    stop.abort();
    expect(kernel.heard).toBe(0);
  });

  it("of one view leaves the other view of its model alone", async () => {
    const kernel = new Kernel(runState());
    const [one, other] = [show(run, kernel), show(run, kernel)];
    one.close();
    await settled();
    expect(other.el.querySelector("header")).not.toBeNull();
    other.close();
  });
});

describe("words and numbers", () => {
  it("are those of the static picture", () => {
    expect([0.45, 1.23, 185, 7620, 273600].map(duration)).toEqual([
      "450 ms",
      "1.2 s",
      "3 min 05 s",
      "2 h 07 min",
      "3 d 04 h",
    ]);
    expect([ticking(12.9), ticking(65)]).toEqual(["12 s", "1 min 05 s"]);
    expect([size(17), size(65536), size(1.5 * 2 ** 20)]).toEqual(["17 B", "64 KiB", "1.5 MiB"]);
    expect(clock(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe("03:04:05.006");
    expect(counted(1234, "{n} run", "{n} runs")).toBe("1\u202f234 runs");
    expect(t("{a} and {b}", { a: 1 })).toBe("1 and {b}");
  });
});
