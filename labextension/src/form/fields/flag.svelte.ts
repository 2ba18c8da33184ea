import { Field, type Place } from "../field.svelte";

/** Yes or no. */
export class FlagField extends Field {
  readonly sort = "flag";
  on = $state.raw(false);

  constructor(place: Place) {
    super(place);
    this.on = place.initial === true;
  }

  override get blank(): boolean {
    return false;
  }

  override get changed(): boolean {
    return this.on !== (this.place.initial === true);
  }

  protected override get value(): unknown {
    return this.on;
  }
}
