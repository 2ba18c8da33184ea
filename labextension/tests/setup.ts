import { afterEach, beforeEach, vi } from "vitest";

// What browsers have and jsdom has not.
if (!Blob.prototype.arrayBuffer)
  Blob.prototype.arrayBuffer = function (this: Blob) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result as ArrayBuffer);
      reader.onerror = () => reject(new Error("unreadable"));
      reader.readAsArrayBuffer(this);
    });
  };

globalThis.DragEvent ??= class extends MouseEvent {} as typeof DragEvent;

HTMLCanvasElement.prototype.getContext = () => null;

/** Elements that are watched for being on the screen; a test says when they are. */
export const watched = new Map<Element, (visible: boolean) => void>();

class Observer {
  #elements = new Set<Element>();
  constructor(private readonly told: (entries: { isIntersecting: boolean }[]) => void) {}
  observe(element: Element): void {
    this.#elements.add(element);
    watched.set(element, (isIntersecting) => this.told([{ isIntersecting }]));
  }
  disconnect(): void {
    for (const element of this.#elements) watched.delete(element);
  }
}

/** Puts everything that is watched on the screen, or off it. */
export function scrollTo(visible: boolean): void {
  for (const tell of [...watched.values()]) tell(visible);
}

beforeEach(() => {
  vi.stubGlobal("IntersectionObserver", Observer);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});
