import { compact } from "../../format";
import { Field, type Place } from "../field.svelte";
import { same } from "../schema";

/** Any of several values. */
export class ChoicesField extends Field {
  readonly sort = "choices";
  chosen = $state.raw<boolean[]>([]);
  #first: boolean[];

  constructor(
    place: Place,
    readonly values: unknown[],
  ) {
    super(place);
    const initial = Array.isArray(place.initial) ? place.initial : [];
    this.#first = values.map((value) => initial.some((other) => same(value, other)));
    this.chosen = this.#first;
  }

  choose(index: number, on: boolean): void {
    this.chosen = this.chosen.with(index, on);
  }

  label(value: unknown): string {
    return compact(value);
  }

  override get blank(): boolean {
    return false;
  }

  override get changed(): boolean {
    return this.chosen.some((on, index) => on !== this.#first[index]);
  }

  protected override get value(): unknown {
    return this.values.filter((_, index) => this.chosen[index]);
  }
}
