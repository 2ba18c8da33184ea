/** The part of anywidget's front-end module interface (AFM) that the views use. */

export type Custom = (content: unknown, buffers?: ArrayBufferView[]) => void;

export interface Model {
  get(trait: string): unknown;
  on(event: string, heard: Custom | (() => void)): void;
  off(event: string, heard: Custom | (() => void)): void;
  send(content: unknown, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;
}

export interface Shown {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

export interface Widget {
  render(shown: Shown): () => void;
}
