import { compact } from "../../format";
import { t } from "../../words";
import { Field, type Place } from "../field.svelte";
import { same } from "../schema";

/** One of several values. */
export class ChoiceField extends Field {
  readonly sort = "choice";
  /** Place of the chosen value; -1 for none. */
  chosen = $state.raw(-1);
  #first: number;

  constructor(
    place: Place,
    readonly values: unknown[],
  ) {
    super(place);
    this.#first = values.findIndex((value) => same(value, place.initial));
    this.chosen = this.#first;
  }

  /** Returns what people read for a value. */
  label(value: unknown): string {
    if (typeof value === "boolean") return value ? t("yes") : t("no");
    return compact(value);
  }

  override get blank(): boolean {
    return this.chosen < 0;
  }

  override get changed(): boolean {
    return this.chosen !== this.#first;
  }

  override get obstacle(): string {
    return this.place.item && this.blank && !this.place.nullable ? t("is empty") : "";
  }

  protected override get value(): unknown {
    return this.values[this.chosen];
  }
}
