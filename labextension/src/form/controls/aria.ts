import type { Attachment } from "svelte/attachments";
import type { Field } from "../field.svelte";

/**
 * Ties a field's control to its help and its problems.
 *
 * Args:
 *   field: The field.
 *   more: Whether there is help beside what the schema says.
 */
export function tied(field: Field, more = false): Attachment {
  return (element) => {
    const { id, help, required, item } = field.place;
    const wrong = field.problems.length > 0;
    const ids = [help || more ? `${id}-help` : "", wrong ? `${id}-wrong` : ""].filter(Boolean);
    // A box is never empty, so none is required.
    const needed = required && !item && element.getAttribute("type") !== "checkbox";
    element.id = id;
    put(element, "aria-describedby", ids.join(" "));
    put(element, "aria-invalid", wrong && "true");
    put(element, "aria-required", needed && "true");
    put(element, "data-wrong", wrong && "true");
  };
}

function put(element: Element, name: string, value: string | false): void {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}
