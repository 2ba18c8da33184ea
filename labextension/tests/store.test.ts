import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Channel } from "../src/channel";
import { RunStore } from "../src/run/store.svelte";
import { Tally } from "../src/run/tally";
import { Kernel } from "./kernel";
import { head, runState } from "./samples";

const RUN = "run-1234567890";
let kernel: Kernel;
let store: RunStore;

const all = () => ({ type: "push", run: RUN, number: 4, sections: { steps: "all steps" } });

function open(answers: Kernel["answers"] = { sync: all }) {
  kernel = new Kernel({});
  kernel.answers = answers;
  store = new RunStore(new Channel(kernel), runState());
}

const later = (milliseconds = 300) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  open();
});
afterEach(() => store.close());

describe("the store of a run", () => {
  it("shows the trait at once and asks for everything else", async () => {
    expect(store.sections.head?.title).toBe("Review papers");
    expect(kernel.sent).toMatchObject([{ do: "sync", after: 0 }]);
    await later();
    expect(store.sections.steps).toBe("all steps");
  });

  it("takes what changed and leaves the rest", async () => {
    await later();
    kernel.push({ run: RUN, number: 5, sections: { result: "42" } });
    await later();
    expect(store.sections).toMatchObject({ result: "42", steps: "all steps" });
    expect(kernel.asked("sync")).toHaveLength(1);
  });

  it("asks for what it missed when it finds a gap", async () => {
    await later();
    kernel.push({ run: RUN, number: 7, sections: { result: "42" } });
    kernel.push({ run: RUN, number: 9, sections: {} });
    expect(kernel.asked("sync")).toHaveLength(2);
    expect(kernel.sent.at(-1)).toMatchObject({ do: "sync", after: 4 });
  });

  it("keeps the newer of two versions, whatever the order in which they come", async () => {
    kernel.push({ run: RUN, number: 6, sections: { steps: "newer" } });
    await later();
    expect(store.sections.steps).toBe("newer");
  });

  it("moves on to another run and forgets the old one", async () => {
    await later();
    const next = head({ run: "other", short: "other" });
    kernel.answers["sync"] = () => ({ type: "push", run: "other", number: 3, sections: { head: next } });
    kernel.push({ run: "other", number: 3, sections: { head: next } });
    await later(2_000);
    expect(store.run).toBe("other");
    expect(store.sections.steps).toBeUndefined();
    expect(kernel.sent.at(-1)).toMatchObject({ do: "sync", after: 0 });
    expect(kernel.asked("sync")).toHaveLength(2);
  });

  it("asks when the trait tells of pushes that never came", async () => {
    await later();
    store.follow(runState({}, { number: 9 }));
    expect(kernel.asked("sync")).toHaveLength(1);
    await later(1_100);
    expect(kernel.asked("sync")).toHaveLength(2);
  });

  it("says that it may be old while the kernel is silent, and is right again afterwards", async () => {
    store.close();
    open({});
    await later(15_000);
    expect(String(store.trouble)).toContain("does not answer");
    expect(store.sections.head?.title).toBe("Review papers");
    kernel.answers = { sync: all };
    await later(11_000);
    expect(store.trouble).toBeUndefined();
    expect(store.sections.steps).toBe("all steps");
  });

  it("updates at most ten times a second", async () => {
    await later();
    let updates = 0;
    let before = store.sections;
    for (let number = 5; number < 1005; number++) {
      kernel.push({ run: RUN, number, sections: { result: String(number) } });
      await vi.advanceTimersByTimeAsync(1);
      if (store.sections !== before) updates++;
      before = store.sections;
    }
    expect(updates).toBeLessThanOrEqual(10);
    await later();
    expect(store.sections.result).toBe("1004");
  });
});

describe("a tally", () => {
  it("finds gaps and closes them", () => {
    const tally = new Tally(2);
    tally.take(4);
    expect([tally.reached, tally.gap]).toEqual([2, true]);
    tally.take(3);
    expect([tally.reached, tally.gap]).toEqual([4, false]);
    tally.take(9);
    tally.settle(8);
    expect([tally.reached, tally.gap]).toEqual([9, false]);
  });
});
