import { Widget } from "@lumino/widgets";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import plugin from "../../lab/src/index";
import type { MimeModel, NotebookPanel } from "../../lab/src/jupyter";
import { View, VIEW } from "../../lab/src/view";
import { ENDED } from "../../src/run/ended";
import { accessible, settled } from "../show";
import { FakeKernel, FakeNotebook, MODEL, Told, view, WIDGET } from "./notebook";

const GOING_ON = { kodonb: { run: "run-7", outlives: true } };
let model: MimeModel;
let notebook: FakeNotebook;
let kernel: FakeKernel;
let shown: View;

async function show(metadata: Record<string, unknown> = GOING_ON): Promise<HTMLElement> {
  model = view(metadata);
  notebook = new FakeNotebook([view(), model]);
  notebook.sessionContext.session = { kernel };
  shown = new View(notebook);
  Widget.attach(shown, document.body);
  await shown.renderModel(model);
  await settled();
  return shown.node;
}

/** Returns what can be seen: the picture, the live view, the note. */
function seen(): string[] {
  const parts = shown.node.querySelectorAll<HTMLElement>("i, .live, [role=note]");
  const there = [...parts].filter((part) => !part.closest(".lm-mod-hidden"));
  return there.map((part) => (part.matches(".live") ? "live" : part.tagName));
}

beforeEach(() => {
  kernel = new FakeKernel();
});
afterEach(() => shown.dispose());

describe("a view", () => {
  it("shows the picture until the widget has come, then the widget alone", async () => {
    kernel.known.add(MODEL);
    const el = await show();
    expect(seen()).toEqual(["I"]);
    notebook.live.arrive();
    await settled();
    expect(seen()).toEqual(["live"]);
    expect(el.textContent).not.toContain("picture");
  });

  it("shows picture and note when the kernel has no such model", async () => {
    const el = await show();
    expect(seen()).toEqual(["P", "I"]);
    expect(el.querySelector("p")?.textContent).toContain("does not need this kernel");
    expect(el.querySelector("p code")?.textContent).toBe("%flow show run-7");
    await accessible(el);
  });

  it("says of a run that lived in its kernel that it has ended", async () => {
    const el = await show({ kodonb: { run: "run-7", outlives: false } });
    expect(el.querySelector("p")?.textContent).toContain("has ended with its kernel");
  });

  it.each([{}, { kodonb: { run: 7 } }])("has nothing to note of other pictures (%j)", async (metadata) => {
    await show(metadata);
    expect(seen()).toEqual(["I"]);
  });

  it("goes back to the picture when the kernel is restarted, and to the widget in another kernel", async () => {
    kernel.known.add(MODEL);
    await show();
    notebook.live.arrive();
    await settled();
    notebook.sessionContext.statusChanged.emit("restarting");
    expect(seen()).toEqual(["P", "I"]);
    notebook.sessionContext.change(kernel);
    notebook.live.arrive();
    await settled();
    expect(seen()).toEqual(["live"]);
  });

  it("goes back to the picture when the kernel closes the widget", async () => {
    kernel.known.add(MODEL);
    await show();
    notebook.live.arrive();
    await settled();
    notebook.live.node.replaceChildren();
    await settled();
    expect(seen()).toEqual(["I"]);
  });

  it("shows the picture where the notebook knows no widgets", async () => {
    kernel.known.add(MODEL);
    model = view();
    notebook = new FakeNotebook([model]);
    notebook.widgets = false;
    notebook.sessionContext.session = { kernel };
    shown = new View(notebook);
    await shown.renderModel(model);
    expect(seen()).toEqual(["I"]);
  });

  it("hands on a copy of its data: what is done to it is not saved", async () => {
    kernel.known.add(MODEL);
    await show();
    (notebook.live.model?.data[WIDGET] as { model_id: string }).model_id = "";
    expect(model.data[VIEW]).toEqual(model.data[WIDGET]);
    expect(model.data[VIEW]).toHaveProperty("model_id", MODEL);
  });

  it("follows an output that is exchanged, and lets go of everything in the end", async () => {
    kernel.comms = "silent";
    const el = await show();
    await shown.renderModel(view());
    expect(el.querySelectorAll("i")).toHaveLength(1);
    shown.dispose();
    shown.dispose();
    const { kernelChanged, statusChanged } = notebook.sessionContext;
    expect([kernel.anyMessage, kernelChanged, statusChanged].map(({ slots }) => slots.size)).toEqual([
      0, 0, 0,
    ]);
  });
});

describe("a run that has ended", () => {
  async function end(detail: () => Promise<unknown>) {
    kernel.known.add(MODEL);
    await show();
    notebook.live.arrive().dispatchEvent(new CustomEvent(ENDED, { bubbles: true, detail }));
    await settled();
    return notebook.written;
  }

  it("leaves its static picture in its own output, and no widget", async () => {
    const written = await end(() => Promise.resolve({ html: "<b>done</b>", plain: "done" }));
    const data = { "text/html": "<b>done</b>", "text/plain": "done" };
    expect(written).toEqual([[1, { output_type: "display_data", data, metadata: {} }]]);
  });

  it("stays live if the kernel says so, or does not answer", async () => {
    expect(await end(() => Promise.resolve({ html: "", plain: "" }))).toEqual([]);
    shown.dispose();
    expect(await end(() => Promise.reject(new Error("silent")))).toEqual([]);
  });
});

describe("the plugin", () => {
  it("shows views in every notebook before the notebook's own widgets, and only in those that are trusted", () => {
    const [open, later] = [new FakeNotebook(), new FakeNotebook()];
    const widgetAdded = new Told<NotebookPanel>();
    plugin.activate(undefined, { widgetAdded, forEach: (visit) => visit(open) });
    widgetAdded.emit(later);
    for (const { factories } of [open, later])
      expect(factories).toEqual([
        { mimeTypes: [VIEW], rank: -20, safe: false, createRenderer: expect.any(Function) as unknown },
      ]);
    expect((shown = later.factories[0]!.createRenderer() as View)).toBeInstanceOf(View);
  });
});
