import { t } from "../../words";
import { Field, type Place } from "../field.svelte";
import type { GroupField } from "./group.svelte";

/** Makes the fields of one of the alternatives. */
export type MakeVariant = (tag: string) => GroupField;

/** One of several models, told apart by one of their fields. */
export class VariantField extends Field {
  readonly sort = "variant";
  /** Name of the chosen alternative; empty for none. */
  tag = $state.raw("");
  #made = new Map<string, GroupField>();
  #first: string;

  constructor(
    place: Place,
    readonly tags: string[],
    private readonly property: string,
    private readonly make: MakeVariant,
  ) {
    super(place);
    const initial = place.initial as Record<string, unknown> | null | undefined;
    const first = String(initial?.[property] ?? "");
    this.#first = tags.includes(first) ? first : "";
    this.choose(this.#first);
  }

  /** Chooses an alternative; what was typed into another one is kept for when it is chosen again. */
  choose(tag: string): void {
    if (tag && !this.#made.has(tag)) this.#made.set(tag, this.make(tag));
    this.tag = tag;
  }

  get group(): GroupField | undefined {
    return this.#made.get(this.tag);
  }

  override get blank(): boolean {
    return !this.tag;
  }

  override get changed(): boolean {
    return this.tag !== this.#first || !!this.group?.changed;
  }

  override get obstacle(): string {
    return this.place.item && this.blank ? t("is empty") : "";
  }

  protected override get value(): unknown {
    return { ...(this.group?.take() as Record<string, unknown>), [this.property]: this.tag };
  }

  override get children(): Field[] {
    return this.group ? [this.group] : [];
  }

  override forget(): void {
    for (const group of this.#made.values()) group.forget();
  }

  override child(name: string): Field | undefined {
    // Paths name the alternative before its field: pet.cat.lives.
    return name === this.tag ? this.group : this.group?.child(name);
  }
}
