import { afterEach, describe, expect, it, vi } from "vitest";
import type { Asks } from "../src/channel";
import { Follower } from "../src/events/follower";
import { EventWindow, LATEST, MOST } from "../src/events/window.svelte";
import type { EventRow, Events, Window } from "../src/messages";
import run from "../src/entries/run";
import { Kernel, type Sent } from "./kernel";
import { full, head, runState } from "./samples";
import { scrollTo } from "./setup";
import { accessible, button, labelled, painted, press, settled, show, type } from "./show";

/** Answers as the kernel would, from a log of so many events; the even ones are logs, the odd ones metrics. */
function log(total: number, asked: Partial<Events>): Window {
  const kind = (offset: number) => (offset % 2 ? "metric" : "log");
  const fits = (offset: number) => !asked.kinds?.length || asked.kinds.includes(kind(offset));
  const all = Array.from({ length: total }, (_, offset) => offset).filter(fits);
  const limit = asked.limit ?? 100;
  const found =
    asked.after != null
      ? all.filter((offset) => offset > asked.after!).slice(0, limit)
      : all.filter((offset) => offset < (asked.before ?? Infinity)).slice(-limit);
  const rows = found.map((offset): EventRow => ({
    offset,
    at: offset,
    kind: kind(offset),
    source: "flow",
    text: `event ${offset}`,
  }));
  const first = rows[0]?.offset;
  const more = asked.after != null && found.length === limit;
  const later = asked.before != null || more ? (rows.at(-1)?.offset ?? total - 1) : total - 1;
  return { rows, earlier: first !== undefined && all[0]! < first ? first : null, later };
}

function world(total: number) {
  const asked: Partial<Events>[] = [];
  const channel: Asks = {
    ask: (request) => {
      asked.push(request as Partial<Events>);
      return Promise.resolve(log(total, request as Partial<Events>) as never);
    },
  };
  const view = new EventWindow(channel);
  view.total = total;
  return { view, asked };
}

const none = { kinds: [], source: "", search: "" };
const offsets = (view: EventWindow) => [view.rows[0]?.offset, view.rows.at(-1)?.offset];

describe("a window onto events", () => {
  it("begins at the end and knows that there is more before", async () => {
    const { view } = world(1_000_000);
    await view.begin(none);
    expect(offsets(view)).toEqual([1_000_000 - LATEST, 999_999]);
    expect([view.earlier, view.behind]).toEqual([1_000_000 - LATEST, false]);
  });

  it("holds a few hundred rows, whichever way one goes", async () => {
    const { view } = world(2_000);
    await view.begin(none);
    for (let page = 0; page < 9; page++) await view.loadEarlier();
    expect(offsets(view)).toEqual([1_040, 1_439]);
    expect([view.rows.length, view.behind]).toEqual([MOST, true]);
    for (let page = 0; page < 3; page++) await view.loadLater();
    expect(offsets(view)).toEqual([1_340, 1_739]);
    expect(view.earlier).toBe(1_340);
  });

  it("goes to the first events and to the last", async () => {
    const { view } = world(500);
    await view.begin(none);
    await view.first();
    expect([...offsets(view), view.earlier, view.behind]).toEqual([0, 99, null, true]);
    await view.last();
    expect([...offsets(view), view.behind]).toEqual([500 - LATEST, 499, false]);
  });

  it("comes up to the end by pages if it is near, else by a jump", async () => {
    const { view, asked } = world(500);
    await view.begin(none);
    await view.first();
    await view.catchUp();
    expect(offsets(view)).toEqual([500 - LATEST, 499]);
    await view.begin(none);
    view.total = 500;
    view.later = 450;
    await view.catchUp();
    expect(asked.at(-1)).toMatchObject({ after: 450 });
    expect(offsets(view)).toEqual([500 - LATEST, 499]);
  });

  it("gives rows that stay their places, and the places of others to those that come instead", async () => {
    const places = () => view.rows.map((row, index): [number, number] => [row.offset, view.place + index]);
    const { view } = world(500);
    await view.begin(none);
    const before = new Map(places());
    await view.loadEarlier();
    for (const [offset, place] of places()) if (before.has(offset)) expect(place).toBe(before.get(offset));
    const [[, first] = []] = places();
    await view.last();
    expect([view.rows.length, view.place]).toEqual([LATEST, first]);
  });

  it("does not take replies to what was asked before the filter changed", async () => {
    const waiting: ((found: Window) => void)[] = [];
    const view = new EventWindow({ ask: () => new Promise<never>((done) => waiting.push(done as never)) });
    const old = view.begin(none);
    const next = view.begin({ ...none, kinds: ["log"] });
    waiting[1]!(log(10, { kinds: ["log"] }));
    waiting[0]!(log(10, {}));
    await Promise.all([old, next]);
    expect(view.rows.map((row) => row.kind)).toEqual(Array(5).fill("log"));
  });

  it("goes on with a search that found nothing so far", async () => {
    const asked: Partial<Events>[] = [];
    const found = [{ rows: [], earlier: 50, later: 99 }, { rows: [], earlier: 20, later: 49 }, log(10, {})];
    const view = new EventWindow({
      ask: (request) => {
        asked.push(request as Partial<Events>);
        return Promise.resolve(found[asked.length - 1] as never);
      },
    });
    await view.begin({ ...none, search: "rare" });
    expect(asked.map((one) => one.before)).toEqual([undefined, 50, 20]);
    expect(view.rows).toHaveLength(10);
    expect(view.later).toBe(99);
  });

  it("keeps what it has when the kernel refuses, and says why", async () => {
    const { view } = world(10);
    await view.begin(none);
    vi.spyOn((view as unknown as { channel: Asks }).channel, "ask").mockRejectedValue(new Error("broken"));
    await view.last();
    expect([view.rows.length, String(view.error)]).toEqual([10, "Error: broken"]);
  });
});

describe("a follower", () => {
  it("asks at most twice a second, one question at a time", async () => {
    vi.useFakeTimers();
    let asked = 0;
    const follower = new Follower(() => Promise.resolve(void asked++));
    for (let tenth = 0; tenth < 20; tenth++) {
      follower.follow(true);
      await vi.advanceTimersByTimeAsync(100);
    }
    // At once, and then for two seconds.
    expect(asked).toBe(5);
    follower.follow(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toBe(5);
    follower.close();
  });
});

describe("the event list", () => {
  let close: (() => void) | undefined;
  afterEach(() => close?.());

  async function open(total = 300) {
    const kernel = new Kernel(runState({ ...full(), head: head({ events: total }) }));
    kernel.answers["sync"] = () => ({ type: "push", run: "run-1234567890", number: 1, sections: {} });
    kernel.answers["events"] = (asked: Sent) => log(kernel_total(), asked as Partial<Events>);
    let now = total;
    const kernel_total = () => now;
    const shown = show(run, kernel);
    close = shown.close;
    await settled();
    const list = button(shown.el, "Events").closest("section")!;
    const grow = async (events: number) => {
      now = events;
      kernel.push({ run: "run-1234567890", number: 2, sections: { head: head({ events }) } });
      await painted();
    };
    return { kernel, list, grow, el: shown.el };
  }

  const texts = (list: Element) =>
    [...list.querySelectorAll("tbody tr")].map((row) => row.lastElementChild?.textContent);

  it("is folded, with a count, and asks for nothing until it is opened and seen", async () => {
    const { kernel, list } = await open();
    expect(button(list, "Events").textContent).toContain("(300)");
    expect(button(list, "Events").getAttribute("aria-expanded")).toBe("false");
    await press(button(list, "Events"));
    expect(kernel.asked("events")).toHaveLength(0);
    scrollTo(true);
    await settled();
    expect(kernel.asked("events")).toHaveLength(1);
    expect(texts(list).at(-1)).toBe("event 299");
  });

  it("follows what comes until it is paused", async () => {
    const height = vi.spyOn(Element.prototype, "scrollHeight", "get").mockReturnValue(1_000);
    const { kernel, list, grow } = await open();
    await press(button(list, "Events"));
    scrollTo(true);
    await settled();
    await grow(310);
    await painted(600);
    expect(kernel.sent.at(-1)).toMatchObject({ do: "events", after: 299 });
    expect(texts(list).at(-1)).toBe("event 309");
    expect(list.querySelector('[role="region"]')!.scrollTop).toBe(1_000);
    await press(button(list, "Follow"));
    expect(button(list, "Follow").getAttribute("aria-pressed")).toBe("false");
    const before = kernel.asked("events").length;
    await grow(320);
    await painted(600);
    expect(kernel.asked("events")).toHaveLength(before);
    height.mockRestore();
  });

  it("filters by kind, source and text", async () => {
    const { kernel, list } = await open();
    await press(button(list, "Events"));
    scrollTo(true);
    await settled();
    await press(button(list, "log"));
    expect(kernel.sent.at(-1)).toMatchObject({ do: "events", kinds: ["log"] });
    expect(
      new Set([...list.querySelectorAll("tbody tr")].map((row) => row.children[2]?.textContent)),
    ).toEqual(new Set(["log"]));
    await type(labelled(list, "Source"), "train#1");
    expect(kernel.sent.at(-1)).toMatchObject({ source: "train#1", kinds: ["log"] });
    await type(labelled(list, "Search"), "no");
    await type(labelled(list, "Search"), "nope");
    const before = kernel.asked("events").length;
    await painted(600);
    expect(kernel.asked("events")).toHaveLength(before + 1);
    expect(kernel.sent.at(-1)).toMatchObject({ search: "nope" });
  });

  it("shows earlier events and the first ones", async () => {
    const { kernel, list } = await open();
    await press(button(list, "Events"));
    scrollTo(true);
    await settled();
    await press(button(list, "Earlier events"));
    expect(kernel.sent.at(-1)).toMatchObject({ before: 300 - LATEST });
    await press(button(list, "First"));
    expect(texts(list)[0]).toBe("event 0");
    await accessible(list);
  });
});
