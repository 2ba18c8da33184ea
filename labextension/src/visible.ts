/**
 * Tells whether an element can be seen: it is on the screen, and its page is not hidden.
 *
 * Returns a function that ends this.
 */
export function watchVisible(element: Element, told: (visible: boolean) => void): () => void {
  const page = element.ownerDocument;
  let onScreen = typeof IntersectionObserver === "undefined";
  let last: boolean | undefined;
  const tell = () => {
    const now = onScreen && !page.hidden;
    if (now !== last) told((last = now));
  };
  const observer =
    typeof IntersectionObserver === "undefined"
      ? undefined
      : new IntersectionObserver((entries) => {
          onScreen = entries.at(-1)?.isIntersecting ?? onScreen;
          tell();
        });
  observer?.observe(element);
  page.addEventListener("visibilitychange", tell);
  tell();
  return () => {
    observer?.disconnect();
    page.removeEventListener("visibilitychange", tell);
  };
}
