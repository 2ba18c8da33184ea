import { t } from "../../words";
import { Field, type Place } from "../field.svelte";
import { sortOf } from "../schema";

/** A value of several types, or of any: JSON where that fits, else text. */
export class FreeField extends Field {
  readonly sort = "free";
  raw = $state.raw("");
  #first: string;

  constructor(
    place: Place,
    /** JSON types that are taken; any if there are none. */
    private readonly sorts: Set<string>,
    /** Whether there is a secret in it, which nobody should be able to read. */
    readonly secret = false,
  ) {
    super(place);
    this.#first = secret ? "" : this.#shown(place.initial);
    this.raw = this.#first;
  }

  /** Whether it takes nothing but JSON, as mappings and lists do. */
  get strict(): boolean {
    return this.sorts.size > 0 && [...this.sorts].every((sort) => sort === "object" || sort === "array");
  }

  get lines(): boolean {
    return this.strict && !this.secret;
  }

  override get blank(): boolean {
    return this.raw.trim() === "";
  }

  override get changed(): boolean {
    return this.raw !== this.#first;
  }

  override get obstacle(): string {
    if (this.place.item && this.blank) return t("is empty");
    return this.strict && !this.blank && read(this.raw) === undefined ? t("is not JSON") : "";
  }

  protected override get value(): unknown {
    return this.#meant(this.raw);
  }

  override forget(): void {
    if (this.secret) this.raw = this.#first;
  }

  /** Returns what text stands for. */
  #meant(raw: string): unknown {
    const found = read(raw);
    if (found === undefined) return raw;
    const sort = sortOf(found);
    const known =
      !this.sorts.size || this.sorts.has(sort) || (sort === "integer" && this.sorts.has("number"));
    // Digits that a number would lose, such as those of 1.10, are kept by sending text.
    return known && (typeof found !== "number" || String(found) === raw.trim()) ? found : raw;
  }

  #shown(initial: unknown): string {
    if (initial == null) return "";
    // Text that would be read as something else is shown as JSON.
    if (typeof initial === "string" && this.#meant(initial) === initial) return initial;
    return JSON.stringify(initial, null, this.strict ? 2 : undefined);
  }
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
