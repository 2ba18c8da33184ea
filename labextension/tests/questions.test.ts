import { describe, expect, it, vi } from "vitest";
import type { Answer } from "../src/messages";
import { type Kernel, refusal } from "./kernel";
import { open } from "./live";
import { question } from "./samples";
import { accessible, button, description, labelled, painted, press, settled, type } from "./show";

const ask = (answers: Kernel["answers"] = {}) => open({ questions: [question()] }, answers);
const byBob: Answer = {
  lock: "lock-1",
  title: "Publish it?",

  by: "bob",
  how: "answer",
  value: "no",
};

describe("a question", () => {
  it("is shown with who asks and how long it waits", async () => {
    vi.useFakeTimers();
    const { el } = await ask();
    const card = el.querySelector(".kn-wait")!;
    expect(card.textContent).toContain("Publish it?");
    expect(card.textContent).toContain("asked by flow");
    expect(card.textContent).toContain("1 min 00 s left");
    await vi.advanceTimersByTimeAsync(2_000);
    await settled();
    expect(card.textContent).toContain("58 s left");
    vi.useRealTimers();
    await accessible(el);
  });

  it("shows what is to be decided on", async () => {
    const about = '<dl class="kn-pairs"><dt>amount</dt><dd>&lt;b&gt;900&lt;/b&gt;</dd></dl>';
    const { el } = await open({ questions: [question({ about })] });
    expect(el.querySelector(".kn-wait dd")!.textContent).toBe("<b>900</b>");
    await accessible(el);
  });

  it("is answered with the values of its form", async () => {
    const { kernel, el } = await ask({ answer: () => ({ note: "" }) });
    await type(labelled(el, "Name"), "ada");
    await press(labelled(el, "Sure"));
    await press(button(el, "Answer"));
    expect(kernel.asked("answer")).toMatchObject([{ lock: "lock-1", values: { name: "ada", sure: true } }]);
    expect(button(el, "Answer").disabled).toBe(true);
  });

  it("shows what does not fit beside its field and moves the focus there", async () => {
    const { el } = await ask({
      answer: () => {
        throw refusal("KN310", "does not fit", [{ field: "name", message: "Field required" }]);
      },
    });
    await press(button(el, "Answer"));
    const field = labelled(el, "Name");
    expect(document.activeElement).toBe(field);
    expect(description(field)).toContain("Field required");
    await accessible(el);
  });

  it("says in place that somebody else was first", async () => {
    const { el } = await ask({
      answer: () => {
        throw refusal("KN308", "question lock-1 was answered already, by bob");
      },
    });
    await type(labelled(el, "Name"), "ada");
    await press(button(el, "Answer"));
    expect(el.querySelector('[role="alert"]')?.textContent).toContain("by bob");
  });

  it("tells who answered when it goes while somebody types, until that is dismissed", async () => {
    const { el, push } = await ask();
    await type(labelled(el, "Name"), "ad");
    await push({ questions: [], answers: [byBob] });
    expect(el.querySelector("form")).toBeNull();
    const notice = el.querySelector(".kn-call")!;
    expect(notice.textContent).toContain("“Publish it?” was answered by bob: no");
    await painted(1_000);
    expect(el.querySelector("[aria-live]")?.textContent).toContain("answered by bob");
    await press(button(notice, "Dismiss"));
    expect(el.querySelector(".kn-call")).toBeNull();
  });

  it("says nothing in the picture when the view's own answer closed it", async () => {
    const { el, push, kernel } = await ask({ answer: () => ({ note: "" }) });
    await type(labelled(el, "Name"), "ada");
    await press(button(el, "Answer"));
    await push({ questions: [], answers: [{ ...byBob, by: "ada" }] });
    expect(kernel.asked("answer")).toHaveLength(1);
    expect(el.querySelector(".kn-call")).toBeNull();
  });

  it("keeps what was typed when other sections change", async () => {
    const { el, push } = await ask();
    await type(labelled(el, "Name"), "ad");
    await push({ questions: [question({ left: 50 })], result: "x" });
    expect(labelled(el, "Name").value).toBe("ad");
  });
});
