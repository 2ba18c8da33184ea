import { INotebookTracker } from "@jupyterlab/notebook";
import type { NotebookPanel, NotebookTracker } from "./jupyter";
import { View, VIEW } from "./view";

// Before the notebook's own widgets, which have -10 and know no picture.
const RANK = -20;

function prepare(panel: NotebookPanel): void {
  const factory = { safe: false, mimeTypes: [VIEW], createRenderer: () => new View(panel) };
  panel.content.rendermime.addFactory(factory, RANK);
}

export default {
  id: "kodonb:views",
  description: "Shows the picture beside a live view of kodonb where the view's kernel is gone.",
  autoStart: true,
  requires: [INotebookTracker],
  activate(_app: unknown, tracker: NotebookTracker): void {
    tracker.forEach(prepare);
    tracker.widgetAdded.connect((_, panel) => prepare(panel));
  },
};
