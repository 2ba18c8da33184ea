import { Widget } from "@lumino/widgets";
import type {
  Kernel,
  MimeModel,
  NotebookPanel,
  Output,
  Outputs,
  Renderer,
  Signal,
} from "../../lab/src/jupyter";
import { VIEW } from "../../lab/src/view";

export const WIDGET = "application/vnd.jupyter.widget-view+json";
export const MODEL = "model-1";

/** A signal whose number of listeners can be told. */
export class Told<T> implements Signal<T> {
  readonly slots = new Set<(sender: unknown, args: T) => void>();

  connect(slot: (sender: unknown, args: T) => void): boolean {
    this.slots.add(slot);
    return true;
  }

  disconnect(slot: (sender: unknown, args: T) => void): boolean {
    return this.slots.delete(slot);
  }

  emit(args: T): void {
    for (const slot of [...this.slots]) slot(this, args);
  }
}

/** A kernel with models that the page knows, and others that only it knows itself. */
export class FakeKernel implements Kernel {
  readonly anyMessage = new Told<unknown>();
  readonly known = new Set<string>();
  comms: Record<string, unknown> | Error | "silent" = {};

  hasComm(id: string): boolean {
    return this.known.has(id);
  }

  requestCommInfo(): Promise<{ content: { comms?: Record<string, unknown> } }> {
    if (this.comms === "silent") return new Promise(() => {});
    if (this.comms instanceof Error) return Promise.reject(this.comms);
    return Promise.resolve({ content: { comms: this.comms } });
  }
}

export class FakeSession {
  readonly kernelChanged = new Told<unknown>();
  readonly statusChanged = new Told<string>();
  session: { kernel: Kernel | null } | null = null;
  isReady = true;
  #arrive = () => {};
  readonly ready = new Promise<void>((done) => (this.#arrive = done));

  /** Exchanges the kernel, or takes it away. */
  change(kernel: Kernel | null): void {
    this.session = kernel && { kernel };
    this.kernelChanged.emit(undefined);
  }

  /** Ends the kernel, as "Shut Down Kernel" does: the notebook is not ready then, though it was before. */
  shutDown(): void {
    this.begun();
    this.isReady = false;
    this.change(null);
  }

  /** Ends the notebook's beginning, in which it has not yet looked for its kernel. */
  begun(): void {
    this.isReady = true;
    this.#arrive();
  }
}

/** Shows the HTML as it is; or, as the notebook's widgets do, the widget once its model is there. */
export class FakeRenderer extends Widget implements Renderer {
  model: MimeModel | undefined;

  constructor(readonly mimeType: string) {
    super();
  }

  renderModel(model: MimeModel): Promise<void> {
    this.model = model;
    if (this.mimeType === WIDGET) this.node.textContent = "Loading widget...";
    else this.node.innerHTML = String(model.data[this.mimeType]);
    return Promise.resolve();
  }

  /** Brings the widget. */
  arrive(): HTMLElement {
    this.node.innerHTML = '<div class="live"><button></button></div>';
    return this.node.querySelector("button")!;
  }
}

/** A notebook with outputs. */
export class FakeNotebook implements NotebookPanel {
  readonly sessionContext = new FakeSession();
  readonly made: FakeRenderer[] = [];
  readonly factories: { mimeTypes: string[]; rank: number; safe: boolean; createRenderer(): Renderer }[] = [];
  widgets = true;
  readonly written: [number, Output][] = [];
  readonly content;

  constructor(readonly models: MimeModel[] = []) {
    const outputs: Outputs = {
      length: models.length,
      get: (index) => models[index]!,
      set: (index, output) => this.written.push([index, output]),
    };
    this.content = {
      widgets: [{ model: {} }, { model: { outputs } }],
      rendermime: {
        addFactory: (
          factory: { safe: boolean; mimeTypes: string[]; createRenderer(): Renderer },
          rank: number,
        ) => void this.factories.push({ ...factory, rank }),
        getFactory: () => (this.widgets ? {} : undefined),
        createRenderer: (mimeType: string) => {
          this.made.push(new FakeRenderer(mimeType));
          return this.made.at(-1)!;
        },
        createModel: ({ data, trusted }: { data: Record<string, unknown>; trusted: boolean }) =>
          output(data, {}, trusted),
      },
    };
  }

  /** The renderer that was made last for the live view. */
  get live(): FakeRenderer {
    return this.made.findLast((renderer) => renderer.mimeType === WIDGET)!;
  }
}

export function output(
  data: Record<string, unknown>,
  metadata: Record<string, unknown> = {},
  trusted = true,
): MimeModel {
  return { data, metadata, trusted };
}

/** An output as the kernel makes it. */
export function view(metadata: Record<string, unknown> = {}): MimeModel {
  const shown = { version_major: 2, version_minor: 0, model_id: MODEL };
  return output(
    { [VIEW]: shown, [WIDGET]: shown, "text/html": "<i>picture</i>", "text/plain": "p" },
    metadata,
  );
}
