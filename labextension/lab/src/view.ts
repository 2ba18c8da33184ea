import { Panel, type Widget } from "@lumino/widgets";
import { ENDED } from "../../src/run/ended";
import type { MimeModel, NotebookPanel, Renderer } from "./jupyter";
import { Life, type State } from "./life";
import { about, note } from "./note";
import { seal } from "./seal";

export const VIEW = "application/vnd.kodonb.view+json";
const WIDGET = "application/vnd.jupyter.widget-view+json";
const HTML = "text/html";

/** Shows a widget while the kernel has its model, and the picture in the same output while it has not. */
export class View extends Panel implements Renderer {
  #model: MimeModel | undefined;
  #life: Life | undefined;
  #live: Renderer | undefined;
  #picture: Renderer | undefined;
  #note: Widget | undefined;
  #state: State = "unknown";
  // The widget comes when the notebook's widgets are there, and goes when the kernel closes it.
  #watch = new MutationObserver(() => this.#choose());

  constructor(private readonly panel: NotebookPanel) {
    super();
    this.node.addEventListener(ENDED, this.#ended);
  }

  renderModel(model: MimeModel): Promise<void> {
    this.#clear();
    this.#model = model;
    const { model_id: id } = model.data[VIEW] as { model_id: string };
    this.#life = new Life(this.panel.sessionContext, id, (state) => this.#follow(state));
    return Promise.resolve();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.node.removeEventListener(ENDED, this.#ended);
    this.#clear();
    super.dispose();
  }

  #follow(state: State): void {
    this.#state = state;
    if (state === "live") this.#enliven();
    else this.#kill();
    this.#choose();
  }

  #enliven(): void {
    const { rendermime } = this.panel.content;
    // Without the notebook's widgets there is the picture.
    if (this.#live || !this.#model || !rendermime.getFactory(WIDGET)) return;
    this.#live = rendermime.createRenderer(WIDGET);
    this.#live.hide();
    this.addWidget(this.#live);
    this.#watch.observe(this.#live.node, { childList: true });
    // It marks in its data that a view was closed: that must not get into the notebook.
    const data = { [WIDGET]: { ...(this.#model.data[VIEW] as object) } };
    void this.#live.renderModel(rendermime.createModel({ data, trusted: true }));
  }

  /** Shows the widget if there is one, else the picture; while it loads, its place holds but text. */
  #choose(): void {
    const there = !!this.#live?.node.firstElementChild;
    this.#live?.setHidden(!there);
    if (there) this.#unpicture();
    else this.#depict();
  }

  #depict(): void {
    if (!this.#model) return;
    const said = this.#state === "gone" ? about(this.#model.metadata) : undefined;
    if (!said) this.#note = void this.#note?.dispose();
    else if (!this.#note) this.insertWidget(0, (this.#note = note(said)));
    if (this.#picture) return;
    this.#picture = this.panel.content.rendermime.createRenderer(HTML);
    this.addWidget(this.#picture);
    void this.#picture.renderModel(this.#model);
  }

  #unpicture(): void {
    this.#note = void this.#note?.dispose();
    this.#picture = void this.#picture?.dispose();
  }

  #kill(): void {
    this.#watch.disconnect();
    this.#live = void this.#live?.dispose();
  }

  #clear(): void {
    this.#life = void this.#life?.close();
    this.#kill();
    this.#unpicture();
  }

  #ended = (event: Event): void => {
    if (this.#model) void seal(this.panel, this.#model, event);
  };
}
