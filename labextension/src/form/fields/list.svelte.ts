import { t } from "../../words";
import { ABSENT, Field, type Place } from "../field.svelte";

/** Makes the field of an item. */
export type MakeItem = (index: number, initial: unknown) => Field;

/** A list of values, each with a field of its own. */
export class ListField extends Field {
  readonly sort = "list";
  items = $state.raw<Field[]>([]);
  #resized = $state.raw(false);

  constructor(
    place: Place,
    private readonly make: MakeItem,
    /** Whether the number of items is given, as for a tuple. */
    readonly fixed: boolean,
  ) {
    super(place);
    const initial = Array.isArray(place.initial) ? place.initial : [];
    const count = Math.max(initial.length, place.required || fixed ? (place.schema.minItems ?? 0) : 0);
    this.items = Array.from({ length: count }, (_, index) => make(index, initial[index]));
  }

  get full(): boolean {
    return this.items.length >= (this.place.schema.maxItems ?? Infinity);
  }

  add(): void {
    this.items = [...this.items, this.make(this.items.length, undefined)];
    this.#resized = true;
  }

  remove(index: number): void {
    this.items = this.items.filter((_, other) => other !== index);
    this.#resized = true;
  }

  override get blank(): boolean {
    // Of a tuple that need not be given, nothing was.
    return this.fixed && !this.place.required && !this.place.item && this.items.every((item) => item.blank);
  }

  override get changed(): boolean {
    return this.#resized || this.items.some((item) => item.changed);
  }

  protected override get value(): unknown {
    return this.items.map((item) => {
      const taken = item.take();
      return taken === ABSENT ? null : taken;
    });
  }

  override get children(): Field[] {
    return this.blank ? [] : this.items;
  }

  override child(name: string): Field | undefined {
    return this.items[Number(name)];
  }

  /** What people call an item. */
  label(index: number): string {
    return t("{list}, no. {n}", { list: this.place.label, n: index + 1 });
  }
}
