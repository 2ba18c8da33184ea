import { t } from "../../words";
import { ABSENT, Field, type Place } from "../field.svelte";
import { isSecret, type Schema } from "../schema";

/** Format -> type of the browser's own field for it. */
const INPUTS: Record<string, string> = {
  date: "date",
  time: "time",
  "date-time": "datetime-local",
  email: "email",
  uri: "url",
};

/** Format -> an example, where the format is no common knowledge. */
const EXAMPLES: Record<string, string> = {
  duration: "PT1H30M",
  uuid: "123e4567-e89b-12d3-a456-426614174000",
};

const LONG = 200;

/** Text, and what is written as text: dates, addresses, secrets. */
export class TextField extends Field {
  readonly sort = "text";
  readonly input: string;
  readonly lines: boolean;
  readonly example: string;
  raw = $state.raw("");
  /** Whether the browser holds something that is no value yet, such as half a date. */
  half = $state.raw(false);
  #first: string;

  constructor(place: Place) {
    super(place);
    const { schema, initial } = place;
    this.input = isSecret(schema) ? "password" : (INPUTS[schema.format ?? ""] ?? "text");
    this.lines = this.input === "text" && manyLines(schema, initial);
    this.example = EXAMPLES[schema.format ?? ""] ?? "";
    this.#first = this.#shown(typeof initial === "string" ? initial : "");
    this.raw = this.#first;
  }

  get secret(): boolean {
    return this.input === "password";
  }

  override get blank(): boolean {
    return this.raw === "";
  }

  override get changed(): boolean {
    return this.raw !== this.#first;
  }

  protected override get value(): unknown {
    return this.raw;
  }

  override get obstacle(): string {
    if (this.half) return t("is not complete");
    return this.place.item && this.blank && this.input !== "text" ? t("is empty") : "";
  }

  protected override get empty(): unknown {
    return "";
  }

  protected override get cleared(): unknown {
    // The default was taken out by hand, so it is not what is meant.
    return this.changed && this.input === "text" && !this.place.schema.format ? "" : ABSENT;
  }

  override forget(): void {
    // Of a secret no default is shown either.
    if (this.secret) this.raw = this.#first;
  }

  /** Returns a default as the browser's field can show it: without fractions of seconds and zone. */
  #shown(text: string): string {
    if (this.input === "datetime-local") return text.replace(/(T\d\d:\d\d(:\d\d)?).*/, "$1");
    if (this.input === "time") return text.replace(/^(\d\d:\d\d(:\d\d)?).*/, "$1");
    return this.secret ? "" : text;
  }
}

function manyLines(schema: Schema, initial: unknown): boolean {
  const asked = [schema["x-widget"], schema.format].some(
    (word) => word === "textarea" || word === "multi-line",
  );
  return asked || (typeof initial === "string" && initial.includes("\n")) || (schema.maxLength ?? 0) > LONG;
}
