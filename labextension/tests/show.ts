import { tick } from "svelte";
import axe from "axe-core";
import { expect } from "vitest";
import type { Widget } from "../src/afm";
import type { Kernel } from "./kernel";

/** Shows a widget on the page; returns its element and what cleans up. */
export function show(widget: Widget, kernel: Kernel) {
  const el = document.createElement("div");
  document.body.append(el);
  const close = widget.render({ model: kernel, el });
  return { el, close };
}

/** Lets replies arrive and the page follow. */
export async function settled(times = 6): Promise<void> {
  for (let index = 0; index < times; index++) {
    await Promise.resolve();
    await tick();
  }
}

/** Waits until the next pictures were painted. */
export async function painted(milliseconds = 160): Promise<void> {
  await new Promise((done) => setTimeout(done, milliseconds));
  await settled();
}

/** Types into a field. */
export async function type(field: Element | null, text: string): Promise<void> {
  (field as HTMLInputElement).value = text;
  field?.dispatchEvent(new Event("input", { bubbles: true }));
  field?.dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
}

/** Presses a button or a box. */
export async function press(element: Element | null | undefined): Promise<void> {
  if (!element) throw new Error("there is nothing to press");
  (element as HTMLElement).click();
  await settled();
}

/** Returns the text of an element without the marks before it. */
function said(element: Element): string {
  return (element.textContent ?? "").replace(/^[\s▸✓]+/, "");
}

/** Returns the button that says something. */
export function button(root: ParentNode, text: string): HTMLButtonElement {
  const found = [...root.querySelectorAll("button")].find((one) => said(one).startsWith(text));
  if (!found) throw new Error(`no button says ${text}`);
  return found;
}

/** Returns the control that a label names. */
export function labelled(root: ParentNode, text: string): HTMLInputElement {
  const label = [...root.querySelectorAll("label")].find((one) => said(one).startsWith(text));
  const control = label?.control;
  if (!control) throw new Error(`no control is called ${text}`);
  return control as HTMLInputElement;
}

/** Returns what describes a control, in the order in which it is read. */
export function description(control: Element): string {
  const ids = (control.getAttribute("aria-describedby") ?? "").split(" ");
  return ids.map((id) => document.getElementById(id)?.textContent ?? `no ${id}`).join(" ");
}

/** Checks that axe finds nothing; what needs a layout is looked at in a real browser. */
export async function accessible(root: Element): Promise<void> {
  const found = await axe.run(root, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`)).toEqual(
    [],
  );
}
