import type { Problem } from "../messages";
import { t } from "../words";
import { within, type Field } from "./field.svelte";

/** Puts each problem beside its field; returns what is wrong with none of them, as lines of text. */
export function place(form: Field, problems: Problem[]): string[] {
  clear(form);
  return problems.flatMap((problem) => {
    const { field, rest } = reach(form, problem.field);
    if (field === form) return [[problem.field, problem.message].filter(Boolean).join(": ")];
    const said = [rest.join("."), problem.message].filter(Boolean).join(": ");
    field.problems = [...field.problems, said];
    return [];
  });
}

/** Puts beside each field what keeps it from being sent; returns whether there is anything. */
export function obstruct(form: Field): boolean {
  clear(form);
  const stuck = [...within(form)].filter((field) => field.obstacle);
  for (const field of stuck) field.problems = [field.obstacle];
  return stuck.length > 0;
}

/** Takes all problems away. */
export function clear(form: Field): void {
  for (const field of within(form)) field.problems = [];
}

/** Whether a form asks for an object that only code can give. */
export function needsCode(form: Field): boolean {
  return [...within(form)].some((field) => field.sort === "foreign" && field.place.required);
}

/** Says what a Python object's field is good for. */
export function foreignNote(field: Field): string {
  return t("an object of class {name}: give it in code", { name: field.place.schema["x-python"] ?? "" });
}

/** Returns the field that a path leads to, as far as it leads, and what is left of the path. */
function reach(form: Field, path: string): { field: Field; rest: string[] } {
  let field = form;
  const names = path === "" ? [] : path.split(".");
  for (const [index, name] of names.entries()) {
    const next = field.child(name);
    if (!next) return { field, rest: names.slice(index) };
    field = next;
  }
  return { field, rest: [] };
}
