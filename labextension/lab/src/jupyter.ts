import type { Widget } from "@lumino/widgets";

/** The parts of JupyterLab 4 and Notebook 7 that the extension uses, as `@jupyterlab/*` declare them. */

export interface Signal<T> {
  connect(slot: (sender: unknown, args: T) => void): boolean;
  disconnect(slot: (sender: unknown, args: T) => void): boolean;
}

export interface MimeModel {
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly trusted: boolean;
}

export interface Renderer extends Widget {
  renderModel(model: MimeModel): Promise<void>;
}

export interface Rendermime {
  addFactory(factory: { safe: boolean; mimeTypes: string[]; createRenderer(): Renderer }, rank: number): void;
  getFactory(mimeType: string): unknown;
  createRenderer(mimeType: string): Renderer;
  createModel(options: { data: Record<string, unknown>; trusted: boolean }): MimeModel;
}

export interface Kernel {
  readonly anyMessage: Signal<unknown>;
  hasComm(id: string): boolean;
  requestCommInfo(content: {
    target_name: string;
  }): Promise<{ content: { comms?: Record<string, unknown> } }>;
}

export interface SessionContext {
  readonly session: { readonly kernel: Kernel | null } | null;
  readonly isReady: boolean;
  readonly ready: Promise<void>;
  readonly kernelChanged: Signal<unknown>;
  readonly statusChanged: Signal<string>;
}

export interface Output {
  output_type: "display_data";
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

export interface Outputs {
  readonly length: number;
  get(index: number): MimeModel;
  set(index: number, output: Output): void;
}

export interface NotebookPanel {
  readonly sessionContext: SessionContext;
  readonly content: {
    readonly rendermime: Rendermime;
    /** Cells; only those of code have outputs. */
    readonly widgets: readonly { readonly model: { readonly outputs?: Outputs } }[];
  };
}

export interface NotebookTracker {
  readonly widgetAdded: Signal<NotebookPanel>;
  forEach(visit: (panel: NotebookPanel) => void): void;
}
