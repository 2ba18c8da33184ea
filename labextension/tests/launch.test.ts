import { afterEach, describe, expect, it, vi } from "vitest";
import form from "../src/entries/form";
import { PIECE } from "../src/form/upload";
import type { FormState } from "../src/messages";
import every from "./every.json";
import { Kernel, refusal } from "./kernel";
import { formState } from "./samples";
import { accessible, button, description, labelled, painted, press, settled, show, type } from "./show";

let close: (() => void) | undefined;
afterEach(() => close?.());

async function open(change: Partial<FormState> = {}, answers: Kernel["answers"] = {}) {
  const kernel = new Kernel(formState(change));
  kernel.answers = { submit: () => ({ run: "run-9" }), upload: () => ({ note: "" }), ...answers };
  const shown = show(form, kernel);
  close = shown.close;
  await settled();
  return { kernel, el: shown.el };
}

const only = (schema: object, required = true) => ({
  schema: { type: "object", properties: { x: { title: "X", ...schema } }, required: required ? ["x"] : [] },
});

async function choose(el: Element, file: File) {
  const input = el.querySelector<HTMLInputElement>('input[type="file"]')!;
  Object.defineProperty(input, "files", { value: [file], configurable: true });
  input.dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
}

describe("the launch form", () => {
  it("starts a run, says so, and stays usable", async () => {
    const { kernel, el } = await open();
    expect(el.textContent).toContain("Reads and judges.");
    await type(labelled(el, "Topic"), "cats");
    await press(button(el, "Run"));
    expect(kernel.asked("submit")).toMatchObject([{ values: { topic: "cats" } }]);
    expect(el.textContent).toContain("run run-9 started");
    expect(button(el, "Run").disabled).toBe(false);
    expect(labelled(el, "Topic").value).toBe("cats");
  });

  it("marks what is required in words and ties help to its field", async () => {
    const { el } = await open();
    const topic = labelled(el, "Topic");
    expect(topic.labels?.[0]?.textContent).toContain("(required)");
    expect(topic.getAttribute("aria-required")).toBe("true");
    expect(description(topic)).toBe("what it is about");
    expect(labelled(el, "Count").value).toBe("3");
    expect(labelled(el, "Count").min).toBe("1");
  });

  it("shows all that is wrong at once, beside the fields, and goes to the first", async () => {
    const { el } = await open(
      {},
      {
        submit: () => {
          throw refusal("KN010", "inputs do not fit", [
            { field: "count", message: "must be at least 1" },
            { field: "topic", message: "is missing" },
          ]);
        },
      },
    );
    await press(button(el, "Run"));
    expect(el.textContent).toContain("must be at least 1");
    expect(el.textContent).toContain("is missing");
    expect(document.activeElement).toBe(labelled(el, "Topic"));
    expect(labelled(el, "Count").getAttribute("aria-invalid")).toBe("true");
    expect(el.querySelector('[role="alert"]')).toBeNull();
    await accessible(el);
  });

  it("shows other failures in place", async () => {
    const { el } = await open(
      {},
      {
        submit: () => {
          throw refusal("KN101", "no cluster");
        },
      },
    );
    await press(button(el, "Run"));
    expect(el.querySelector('[role="alert"]')?.textContent).toContain("KN101");
  });

  it("shows every kind of field so that everybody can use it", async () => {
    const { el } = await open({ schema: every as never });
    await type(el.querySelector('select[aria-label="Pet: which"]'), "cat");
    for (const add of [...el.querySelectorAll("button")].filter((one) => one.textContent?.startsWith("Add")))
      await press(add);
    await press(labelled(el, "give Spare"));
    expect(el.textContent).toContain("an object of class __main__.Thing: give it in code");
    await accessible(el);
  });

  it("adds and removes items by buttons, and keeps the focus", async () => {
    const { kernel, el } = await open(only({ type: "array", items: { type: "string" } }));
    await press(button(el, "Add"));
    expect((document.activeElement as HTMLInputElement).labels?.[0]?.textContent).toContain("no. 1");
    await type(document.activeElement, "a");
    await press(button(el, "Add"));
    await type(document.activeElement, "b");
    await press(el.querySelector('[aria-label="remove X, no. 1"]'));
    expect(document.activeElement).toBe(button(el, "Add"));
    await press(button(el, "Run"));
    expect(kernel.asked("submit")).toMatchObject([{ values: { x: ["b"] } }]);
  });

  it("offers sets as boxes and choices as a list", async () => {
    const { kernel, el } = await open(
      only({ type: "array", uniqueItems: true, items: { enum: ["a", "b", "c"], type: "string" } }),
    );
    await press(labelled(el, "a"));
    await press(labelled(el, "c"));
    await press(button(el, "Run"));
    expect(kernel.asked("submit")).toMatchObject([{ values: { x: ["a", "c"] } }]);
  });

  it("changes the form with the alternative that is chosen", async () => {
    const { kernel, el } = await open({
      schema: { ...every, required: [], properties: { pet: every.properties.pet } } as never,
    });
    const which = el.querySelector("select")!;
    await type(which, "cat");
    expect(labelled(el, "Lives").value).toBe("9");
    await type(which, "dog");
    await type(labelled(el, "Name"), "rex");
    await press(button(el, "Run"));
    expect(kernel.asked("submit")).toMatchObject([{ values: { pet: { kind: "dog", name: "rex" } } }]);
  });

  it.each([
    ["text", { type: "string", format: "password" }, "hush"],
    ["a date", { type: "string", format: "date", writeOnly: true }, "2026-01-31"],
    ["a choice", { enum: ["hush", "loud"], type: "string", writeOnly: true }, "hush"],
    ["a number", { type: "integer", writeOnly: true }, 4711],
    ["a truth", { type: "boolean", writeOnly: true }, true],
    ["a list", { type: "array", items: { type: "integer" }, writeOnly: true }, [1, 2]],
  ])("masks %s that is secret, and forgets it as soon as it was taken", async (_, schema, value) => {
    const { kernel, el } = await open(only(schema));
    const secret = labelled(el, "X");
    expect([secret.type, secret.autocomplete]).toEqual(["password", "off"]);
    await type(secret, typeof value === "string" ? value : JSON.stringify(value));
    await press(button(el, "Run"));
    expect(kernel.asked("submit")).toMatchObject([{ values: { x: value } }]);
    expect(secret.value).toBe("");
    await accessible(el);
    await press(button(el, "Run"));
    expect(kernel.asked("submit").at(-1)).toMatchObject({ values: {} });
  });

  it("sends files in pieces before the form", async () => {
    const { kernel, el } = await open({ ...only({ type: "string", format: "binary" }), limit: 2 ** 21 });
    const bytes = new Uint8Array(PIECE + 10).fill(7);
    await choose(el, new File([bytes], "data.bin"));
    await press(button(el, "Run"));
    await painted(200);
    const pieces = kernel.asked("upload");
    expect(pieces.map(({ first, size, name }) => [first, size, name])).toEqual([
      [0, PIECE + 10, "data.bin"],
      [PIECE, PIECE + 10, "data.bin"],
    ]);
    expect(kernel.buffers.slice(0, 2).map(([buffer]) => buffer?.byteLength)).toEqual([PIECE, 10]);
    expect(kernel.asked("submit")).toMatchObject([{ values: { x: { file: pieces[0]!.file } } }]);
  });

  it("refuses a file that is too large, at once and in place", async () => {
    const { kernel, el } = await open({ ...only({ type: "string", format: "binary" }), limit: 10 });
    await choose(el, new File([new Uint8Array(11)], "data.bin"));
    expect(el.textContent).toContain("is too large: 11 B; a file may have 10 B");
    await press(button(el, "Run"));
    expect(kernel.sent).toEqual([]);
  });

  it("says beside its field why a file was not taken, and starts nothing", async () => {
    const { kernel, el } = await open(only({ type: "string", format: "binary" }), {
      upload: () => {
        throw refusal("KN005", "data.bin did not arrive whole");
      },
    });
    await choose(el, new File(["a"], "data.bin"));
    await press(button(el, "Run"));
    await painted(50);
    expect(description(labelled(el, "X"))).toContain("did not arrive whole");
    expect(kernel.asked("submit")).toEqual([]);
  });

  it("says that the kernel is busy, waits, and does not start a run twice", async () => {
    vi.useFakeTimers();
    const { kernel, el } = await open();
    kernel.answers = {};
    await press(button(el, "Run"));
    await vi.advanceTimersByTimeAsync(16_000);
    await settled();
    expect(el.querySelector('[role="alert"]')?.textContent).toContain("does not answer");
    expect(button(el, "Sending…").disabled).toBe(true);
    kernel.reply(kernel.sent[0]!.id, { run: "late" });
    await settled();
    expect(el.querySelector('[role="alert"]')).toBeNull();
    expect(el.textContent).toContain("run late started");
  });

  it("does not pretend that an object could be typed", async () => {
    const { el } = await open(only({ type: "object", "x-python": "pandas.DataFrame" }));
    expect(el.textContent).toContain("an object of class pandas.DataFrame: give it in code");
    expect(el.querySelector('button[type="submit"]')).toBeNull();
    await accessible(el);
  });
});
