import { ABSENT, Field, type Place } from "../field.svelte";

/** A value that cannot be another. */
export class ConstantField extends Field {
  readonly sort = "constant";

  constructor(
    place: Place,
    readonly only: unknown,
  ) {
    super(place);
  }

  override get blank(): boolean {
    return false;
  }

  override get changed(): boolean {
    return false;
  }

  protected override get value(): unknown {
    return this.only;
  }
}

/** A Python object: nothing that a form could make. */
export class ForeignField extends Field {
  readonly sort = "foreign";

  override get blank(): boolean {
    return true;
  }

  override get changed(): boolean {
    return false;
  }

  protected override get value(): unknown {
    return ABSENT;
  }
}
