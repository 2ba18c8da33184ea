import { afterEach, describe, expect, it, vi } from "vitest";
import runs from "../src/entries/runs";
import type { RunRow } from "../src/messages";
import { sorted, turned } from "../src/runs/sort";
import { Kernel, refusal } from "./kernel";
import { row, tableState } from "./samples";
import { scrollTo } from "./setup";
import { accessible, button, labelled, press, settled, show, type } from "./show";

let close: (() => void) | undefined;
afterEach(() => close?.());

const three = () => [
  row("run-a", { took: 3, flow: "train", created: 30 }),
  row("run-b", { took: null, created: 20, status: "running", word: "running", ended: false }),
  row("run-c", { took: 1, created: 10 }),
];

async function open(rows: RunRow[] = three(), answers: Kernel["answers"] = {}) {
  const kernel = new Kernel(tableState(rows));
  kernel.answers = { list: () => ({ rows, flows: ["review", "train"], tags: ["night"] }), ...answers };
  const shown = show(runs, kernel);
  close = shown.close;
  await settled();
  return { kernel, el: shown.el };
}

const ids = (el: Element) => [...el.querySelectorAll("tbody code")].map((code) => code.textContent);
const head = (el: Element, title: string) => button(el.querySelector("thead")!, title);

describe("the order of runs", () => {
  it("puts those without a value last, whichever way it goes", () => {
    const names = (down: boolean) => sorted(three(), { column: "took", down }).map((one) => one.run);
    expect(names(false)).toEqual(["run-c", "run-a", "run-b"]);
    expect(names(true)).toEqual(["run-a", "run-c", "run-b"]);
  });

  it("turns round at the second press", () => {
    const first = turned({ column: "created", down: true }, "flow");
    expect([first, turned(first, "flow")]).toEqual([
      { column: "flow", down: false },
      { column: "flow", down: true },
    ]);
  });
});

describe("the table of runs", () => {
  it("shows what came with it, newest first, each status with picture and word", async () => {
    const { kernel, el } = await open();
    expect(kernel.sent).toEqual([]);
    expect(ids(el)).toEqual(["run-a", "run-b", "run-c"]);
    expect(el.querySelectorAll("tbody .kn-word")[1]?.textContent).toBe("running");
    expect(el.querySelectorAll("tbody svg")).toHaveLength(3);
    await accessible(el);
  });

  it("is sorted by the buttons in its head, which say so", async () => {
    const { el } = await open();
    expect(head(el, "created").closest("th")?.getAttribute("aria-sort")).toBe("descending");
    await press(head(el, "took"));
    await press(head(el, "took"));
    expect(ids(el)).toEqual(["run-c", "run-a", "run-b"]);
    expect(head(el, "took").closest("th")?.getAttribute("aria-sort")).toBe("ascending");
    expect(head(el, "created").closest("th")?.hasAttribute("aria-sort")).toBe(false);
  });

  it("filters by flow, tag, time and status", async () => {
    const { kernel, el } = await open();
    await type(labelled(el, "Flow"), "train");
    await type(labelled(el, "Tag"), "night");
    await type(labelled(el, "Since"), "2h");
    await press(labelled(el, "error"));
    expect(kernel.sent.at(-1)).toMatchObject({
      do: "list",
      flow: "train",
      tag: "night",
      since: "2h",
      status: ["error"],
    });
  });

  it("shows in place what is wrong with a filter", async () => {
    const { el } = await open(three(), {
      list: () => {
        throw refusal("KN001", "'soon' is no time");
      },
    });
    await type(labelled(el, "Since"), "soon");
    expect(el.querySelector('[role="alert"]')?.textContent).toContain("'soon' is no time");
  });

  it("does the same to all that are selected and tells what came of each", async () => {
    const outcomes = [
      { run: "run-a", ok: false, note: "it has ended" },
      { run: "run-b", ok: true, note: "cancelling" },
    ];
    const { kernel, el } = await open(three(), { runs: () => ({ outcomes }) });
    expect(button(el, "Open").disabled).toBe(true);
    await press(el.querySelector('[aria-label="select run run-a"]'));
    await press(el.querySelector('[aria-label="select run run-b"]'));
    await press(button(el, "Cancel"));
    await press(button(el, "Really cancel?"));
    expect(kernel.asked("runs")).toMatchObject([{ what: "cancel", runs: ["run-a", "run-b"] }]);
    const cells = [...el.querySelectorAll("tbody tr")].map((one) => one.children[2]?.textContent);
    expect(cells[0]).toContain("it has ended");
    expect(cells[1]).toContain("cancelling");
    expect(el.querySelector("[aria-live]")?.textContent).toBe("1 done, 1 not done");
    expect(kernel.sent.at(-1)?.do).toBe("list");
  });

  it("selects all, and opens and retries them", async () => {
    const { kernel, el } = await open(three(), { runs: () => ({ outcomes: [] }) });
    await press(el.querySelector('[aria-label="select all"]'));
    await press(button(el, "Open"));
    await press(button(el, "Retry"));
    expect(kernel.asked("runs").map(({ what, runs: chosen }) => [what, (chosen as string[]).length])).toEqual(
      [
        ["open", 3],
        ["retry", 3],
      ],
    );
  });

  it("looks again every three seconds, only while it is seen and a run goes on", async () => {
    vi.useFakeTimers();
    let now = three();
    const { kernel } = await open(three(), { list: () => ({ rows: now, flows: [], tags: [] }) });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kernel.sent).toHaveLength(0);
    scrollTo(true);
    await vi.advanceTimersByTimeAsync(6_100);
    expect(kernel.asked("list")).toHaveLength(2);
    scrollTo(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kernel.asked("list")).toHaveLength(2);
    scrollTo(true);
    now = [row("run-a")];
    await vi.advanceTimersByTimeAsync(20_000);
    expect(kernel.asked("list")).toHaveLength(3);
  });

  it("is refreshed by a button", async () => {
    const { kernel, el } = await open();
    await press(button(el, "Refresh"));
    expect(kernel.asked("list")).toHaveLength(1);
  });
});
