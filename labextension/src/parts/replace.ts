/** Replaces markup and keeps what the reader did with it: what was opened, scrolled, and where the focus is. */

const REACHED = "summary, [tabindex], a[href], button";
const SCROLLED = ".kn-scroll, pre";

interface Kept {
  opened: boolean[];
  scrolled: [number, number][];
  focused: number;
}

/** Puts new markup, which must be trusted, into an element. */
export function replaceHtml(element: HTMLElement, html: string): void {
  const kept = keep(element);
  const fresh = element.ownerDocument.createElement("template");
  fresh.innerHTML = html;
  all(fresh.content, "details").forEach((part, index) => {
    const opened = kept.opened[index];
    if (opened !== undefined) part.toggleAttribute("open", opened);
  });
  exchange(element, [...fresh.content.childNodes]);
  restore(element, kept);
}

/**
 * Changes what is different and leaves the rest alone: a frame that is put in anew would load, and flicker, anew; and
 * texts that change cost the page a fraction of what new elements do.
 */
function exchange(parent: Node, fresh: Node[]): void {
  const old = [...parent.childNodes];
  fresh.forEach((node, index) => {
    const before = old[index];
    if (!before) parent.appendChild(node);
    else if (before.isEqualNode(node)) return;
    else if (node instanceof Text && before instanceof Text) before.data = node.data;
    else if (node.hasChildNodes() && before.cloneNode().isEqualNode(node.cloneNode()))
      exchange(before, [...node.childNodes]);
    else before.replaceWith(node);
  });
  old.slice(fresh.length).forEach((node) => node.remove());
}

function keep(element: HTMLElement): Kept {
  const active = (element.getRootNode() as Document).activeElement;
  return {
    opened: all(element, "details").map((part) => part.hasAttribute("open")),
    scrolled: all(element, SCROLLED).map((part) => [part.scrollLeft, part.scrollTop]),
    focused: active && element.contains(active) ? all(element, REACHED).indexOf(active) : -1,
  };
}

function restore(element: HTMLElement, kept: Kept): void {
  const parts = all(element, SCROLLED);
  kept.scrolled.forEach(([left, top], index) => {
    const part = parts[index];
    if (!part || (!left && !top)) return;
    part.scrollLeft = left;
    part.scrollTop = top;
  });
  const focused = all(element, REACHED)[kept.focused] as HTMLElement | undefined;
  if (focused && (element.getRootNode() as Document).activeElement !== focused)
    focused.focus({ preventScroll: true });
}

function all(root: ParentNode, selector: string): Element[] {
  return [...root.querySelectorAll(selector)];
}
