import { t } from "../../words";
import { Field, type Place } from "../field.svelte";

/** A number. */
export class NumericField extends Field {
  readonly sort = "number";
  raw = $state.raw("");
  /** Whether the browser holds something that is no number. */
  half = $state.raw(false);
  #first: string;

  constructor(place: Place) {
    super(place);
    this.#first = typeof place.initial === "number" ? String(place.initial) : "";
    this.raw = this.#first;
  }

  get whole(): boolean {
    return this.place.schema.type === "integer";
  }

  get step(): number | "any" {
    return this.place.schema.multipleOf ?? (this.whole ? 1 : "any");
  }

  get min(): number | undefined {
    const { minimum, exclusiveMinimum } = this.place.schema;
    return minimum ?? (exclusiveMinimum === undefined ? undefined : exclusiveMinimum + (this.whole ? 1 : 0));
  }

  get max(): number | undefined {
    const { maximum, exclusiveMaximum } = this.place.schema;
    return maximum ?? (exclusiveMaximum === undefined ? undefined : exclusiveMaximum - (this.whole ? 1 : 0));
  }

  /** The bounds in words. */
  get bounds(): string {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = this.place.schema;
    const parts = [
      minimum === undefined ? "" : t("at least {n}", { n: minimum }),
      exclusiveMinimum === undefined ? "" : t("more than {n}", { n: exclusiveMinimum }),
      maximum === undefined ? "" : t("at most {n}", { n: maximum }),
      exclusiveMaximum === undefined ? "" : t("less than {n}", { n: exclusiveMaximum }),
    ];
    return parts.filter(Boolean).join(", ");
  }

  override get blank(): boolean {
    return this.raw === "";
  }

  override get changed(): boolean {
    return this.raw !== this.#first;
  }

  override get obstacle(): string {
    if (this.half) return t("is not a number");
    return this.place.item && this.blank && !this.place.nullable ? t("is empty") : "";
  }

  protected override get value(): unknown {
    const number = Number(this.raw);
    // Larger whole numbers lose digits on the way; as text they arrive as they were typed.
    return this.whole && !Number.isSafeInteger(number) ? this.raw : number;
  }
}
