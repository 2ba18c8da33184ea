import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ENDED, GRACE, type AskSealed } from "../src/run/ended";
import { refusal } from "./kernel";
import { open, RUN } from "./live";
import { full, head } from "./samples";
import { accessible, button, painted, press, settled } from "./show";

const ended = () => head({ status: "finished", word: "finished", tone: "ok", ended: true, elapsed: 65.2 });
const live = (el: Element) => el.querySelector(".kodonb-live > [aria-live]")?.textContent;

describe("the run view", () => {
  it("has the parts of the static picture in their order", async () => {
    const { el } = await open(full());
    const titles = [...el.querySelectorAll('[role="heading"]')].map((one) =>
      one.textContent?.replace(/^▸/, ""),
    );
    expect(titles.map((title) => title!.replace(/\s.*\(.*/, "").trim())).toEqual([
      "Progress",
      "Inputs",
      "Agents",
      "Steps",
      "Timeline",
      "Metrics",
      "Displays",
      "Result",
      "Results on the way",
      "Answers",
      "Notes",
      "Events",
    ]);
    expect(el.querySelector(".kn-word")?.textContent).toBe("running");
    expect(el.querySelector(".kn-facts")?.textContent).toBe("3 steps · 12 events");
    expect(el.textContent).toContain("ValueError: no");
    expect(el.querySelector("summary")?.textContent).toBe("output (2 lines)");
  });

  it("can be used by everybody", async () => {
    const { el } = await open(full());
    await press(button(el, "Download"));
    await accessible(el);
  });

  it("says how far a bar is", async () => {
    const { el } = await open(full());
    const [known, vague] = el.querySelectorAll('[role="progressbar"]');
    expect(known?.getAttribute("aria-valuenow")).toBe("3");
    expect(known?.getAttribute("aria-valuemax")).toBe("10");
    expect(known?.getAttribute("aria-valuetext")).toBe("3 / 10 papers · 14 s left");
    expect(vague?.hasAttribute("aria-valuenow")).toBe(false);
  });

  it("ticks while the run goes on and shows the exact time at its end", async () => {
    vi.useFakeTimers();
    const { kernel, el } = await open();
    expect(el.querySelector(".kn-time")?.textContent).toBe("5 s");
    await vi.advanceTimersByTimeAsync(3_000);
    await settled();
    expect(el.querySelector(".kn-time")?.textContent).toBe("8 s");
    kernel.push({ run: RUN, number: 2, sections: { head: ended() } });
    await vi.advanceTimersByTimeAsync(300);
    await settled();
    expect(el.querySelector(".kn-time")?.textContent).toBe("1 min 05 s");
  });

  it("folds parts", async () => {
    const { el } = await open(full());
    await press(button(el, "Steps"));
    expect(el.textContent).not.toContain("graph");
    await press(button(el, "Steps"));
    expect(el.textContent).toContain("graph");
  });

  it("cancels only when asked twice", async () => {
    const { kernel, el } = await open({}, { cancel: () => ({ note: "" }) });
    await press(button(el, "Cancel"));
    expect(kernel.asked("cancel")).toHaveLength(0);
    await press(button(el, "Really cancel?"));
    expect(kernel.asked("cancel")).toHaveLength(1);
    expect(button(el, "Cancelling…").disabled).toBe(true);
  });

  it("forgets the first press after four seconds", async () => {
    vi.useFakeTimers();
    const { kernel, el } = await open();
    await press(button(el, "Cancel"));
    await vi.advanceTimersByTimeAsync(4_100);
    await settled();
    await press(button(el, "Cancel"));
    expect(kernel.asked("cancel")).toHaveLength(0);
  });

  it("shows in place why it was not cancelled", async () => {
    const { el } = await open(
      {},
      {
        cancel: () => {
          throw refusal("KN303", "it has ended already");
        },
      },
    );
    await press(button(el, "Cancel"));
    await press(button(el, "Really cancel?"));
    expect(el.querySelector('[role="alert"]')?.textContent).toContain("KN303");
  });

  it("offers a retry once it has ended, moves the focus there, and shows the new run", async () => {
    const { kernel, el, push } = await open({}, { retry: () => ({ run: "next" }) });
    button(el, "Cancel").focus();
    await push({ head: ended() });
    expect(document.activeElement?.textContent?.trim()).toBe("Retry");
    await press(button(el, "Retry"));
    expect(kernel.asked("retry")).toHaveLength(1);
    kernel.answers["sync"] = () => ({ type: "push", run: "next", number: 1, sections: {} });
    kernel.push({ run: "next", number: 1, sections: { head: head({ run: "next", short: "next" }) } });
    await painted();
    expect(el.querySelector("code")?.textContent).toBe("next");
  });

  it("announces changes of status, and nothing else", async () => {
    const { el, push } = await open(full());
    const region = () => live(el.parentElement!);
    expect(region()).toBe("question: Publish it?");
    await push({ head: head({ events: 13 }) });
    await painted(1_000);
    await push({ head: head({ status: "awaiting", word: "awaiting", tone: "wait" }) });
    await painted(1_000);
    expect(region()).toBe("run run-1234: awaiting");
  });

  describe("that has ended", () => {
    const sealed = { html: "<b>done</b>", plain: "done" };
    const told: CustomEvent<AskSealed>[] = [];
    const tell = (event: Event) => told.push(event as CustomEvent<AskSealed>);

    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      document.addEventListener(ENDED, tell);
    });
    afterEach(() => {
      document.removeEventListener(ENDED, tell);
      told.length = 0;
    });

    it("tells so once, a little later, and hands on the question for what is to stay", async () => {
      await open({ head: ended() }, { seal: () => sealed });
      await vi.advanceTimersByTimeAsync(GRACE - 1);
      expect(told).toEqual([]);
      await vi.advanceTimersByTimeAsync(GRACE);
      expect(told).toHaveLength(1);
      expect(await told[0]!.detail()).toEqual(sealed);
    });

    it("is quiet when it was replaced in time, and while the run goes on", async () => {
      const { close } = await open({ head: ended() });
      close();
      await open({ head: head() });
      await vi.advanceTimersByTimeAsync(2 * GRACE);
      expect(told).toEqual([]);
    });
  });

  it("copies the id", async () => {
    const written: string[] = [];
    vi.stubGlobal("navigator", {
      clipboard: { writeText: (text: string) => Promise.resolve(void written.push(text)) },
    });
    const { el } = await open();
    await press(button(el, "Copy id"));
    expect(written).toEqual([RUN]);
    expect(button(el, "Copied")).toBeTruthy();
  });

  it("downloads piece by piece until the end", async () => {
    const pieces = [
      { name: "run.jsonl", mime: "application/jsonl", text: "a\n", after: 7 },
      { name: "run.jsonl", mime: "application/jsonl", text: "b\n", after: null },
    ];
    const { kernel, el } = await open({}, { download: ({ after }) => pieces[after === -1 ? 0 : 1] });
    const saved: Blob[] = [];
    URL.createObjectURL = (file) => (saved.push(file as Blob), "blob:x");
    URL.revokeObjectURL = () => {};
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
      this: HTMLAnchorElement,
    ) {
      expect(this.download).toBe("run.jsonl");
    });
    await press(button(el, "Download"));
    await press(button(el, "Events as JSONL"));
    await settled();
    expect(kernel.asked("download").map((asked) => [asked.format, asked.after])).toEqual([
      ["jsonl", -1],
      ["jsonl", 7],
    ]);
    expect(clicked).toHaveBeenCalledOnce();
    expect(new TextDecoder().decode(await saved[0]!.arrayBuffer())).toBe("a\nb\n");
    clicked.mockRestore();
  });
});
