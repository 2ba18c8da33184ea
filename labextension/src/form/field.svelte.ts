import type { Schema } from "./schema";

/** Stands for a value that is not sent, so that the default applies. */
export const ABSENT = Symbol("absent");

/** Where a field stands in a form. */
export interface Place {
  /** Unique on the page. */
  id: string;
  label: string;
  help: string;
  /** Without indirections. */
  schema: Schema;
  nullable: boolean;
  required: boolean;
  /** Whether it is an item of a list, which has no default and no absence. */
  item: boolean;
  /** Undefined if there is none. */
  initial: unknown;
}

/** One field of a form: what is in it, what is wrong with it, and what of it is sent. */
export abstract class Field {
  /** Name of the sort, by which its component is found. */
  abstract readonly sort: string;
  /** What the kernel says is wrong. */
  problems = $state.raw<string[]>([]);

  constructor(readonly place: Place) {}

  /** Whether there is nothing in it. */
  abstract get blank(): boolean;
  /** Whether it is no longer what it was at first. */
  abstract get changed(): boolean;
  /** What is in it, as JSON. */
  protected abstract get value(): unknown;

  /** What cannot be sent as it is; the kernel could not even be asked about it. */
  get obstacle(): string {
    return "";
  }

  get children(): Field[] {
    return [];
  }

  /** Returns the field that a part of a problem's path names: itself if the part is no field of its own. */
  child(_name: string): Field | undefined {
    return undefined;
  }

  /** Returns what is sent. */
  take(): unknown {
    const { item, required, nullable, initial } = this.place;
    if (this.blank) {
      if (item) return this.empty;
      const meant = required || (this.changed && initial != null);
      return nullable && meant ? null : this.cleared;
    }
    return this.changed || required || item ? this.value : ABSENT;
  }

  /** What is sent for an item of a list that was left empty. */
  protected get empty(): unknown {
    return null;
  }

  /** What is sent once it was emptied and null is not taken. */
  protected get cleared(): unknown {
    return ABSENT;
  }

  /** Forgets what nobody should be able to look up later. */
  forget(): void {
    for (const child of this.children) child.forget();
  }
}

/** Returns a field and everything in it. */
export function* within(field: Field): Generator<Field> {
  yield field;
  for (const child of field.children) yield* within(child);
}
