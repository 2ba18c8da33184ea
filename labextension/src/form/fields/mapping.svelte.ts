import { t } from "../../words";
import { Field, type Place } from "../field.svelte";

/** Makes the field of a value. */
export type MakeValue = (initial: unknown) => Field;

/** A name that may be anything, with its value. */
export class Pair {
  name = $state.raw("");

  constructor(
    name: string,
    readonly value: Field,
  ) {
    this.name = name;
  }
}

/** Names with values, as many as the user likes. */
export class MappingField extends Field {
  readonly sort = "mapping";
  pairs = $state.raw<Pair[]>([]);
  #first: string[];
  #resized = $state.raw(false);

  constructor(
    place: Place,
    private readonly make: MakeValue,
  ) {
    super(place);
    const initial = Object.entries((place.initial as Record<string, unknown> | null | undefined) ?? {});
    this.#first = initial.map(([name]) => name);
    this.pairs = initial.map(([name, value]) => new Pair(name, make(value)));
  }

  add(): void {
    this.pairs = [...this.pairs, new Pair("", this.make(undefined))];
    this.#resized = true;
  }

  remove(pair: Pair): void {
    this.pairs = this.pairs.filter((other) => other !== pair);
    this.#resized = true;
  }

  override get blank(): boolean {
    return false;
  }

  override get changed(): boolean {
    return (
      this.#resized ||
      this.pairs.some((pair, index) => pair.name !== this.#first[index] || pair.value.changed)
    );
  }

  override get obstacle(): string {
    const names = this.pairs.map((pair) => pair.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (names.includes("")) return t("a name is missing");
    return twice === undefined ? "" : t("“{name}” is there twice", { name: twice });
  }

  protected override get value(): unknown {
    return Object.fromEntries(this.pairs.map((pair) => [pair.name, pair.value.take()]));
  }

  override get children(): Field[] {
    return this.pairs.map((pair) => pair.value);
  }

  override child(name: string): Field | undefined {
    return this.pairs.find((pair) => pair.name === name)?.value;
  }
}
