import type { AskSealed, Sealed } from "../../src/run/ended";
import type { MimeModel, NotebookPanel } from "./jupyter";

/**
 * Puts the static picture of a run that has ended in the place of its view.
 *
 * The kernel does so itself, by the output's display id; but a page that was loaded again has forgotten that.
 */
export async function seal(panel: NotebookPanel, model: MimeModel, event: Event): Promise<void> {
  let sealed: Sealed;
  try {
    sealed = await (event as CustomEvent<AskSealed>).detail();
  } catch {
    // The kernel went, or does not answer: the view stays, and so does its picture.
    return;
  }
  if (sealed.html) replace(panel, model, { "text/html": sealed.html, "text/plain": sealed.plain });
}

function replace(panel: NotebookPanel, model: MimeModel, data: Record<string, string>): void {
  for (const { model: cell } of panel.content.widgets)
    for (let index = 0; index < (cell.outputs?.length ?? 0); index++)
      if (cell.outputs?.get(index) === model)
        cell.outputs.set(index, { output_type: "display_data", data, metadata: {} });
}
