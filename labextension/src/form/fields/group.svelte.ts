import { ABSENT, Field, type Place } from "../field.svelte";

/** Makes a group's fields, once they are needed: what contains itself would never end. */
export type MakeMembers = () => Map<string, Field>;

/** Fields that belong together: a nested model. */
export class GroupField extends Field {
  readonly sort = "group";
  /** Whether it is given at all. */
  on = $state.raw(false);
  members: Map<string, Field> = new Map();
  #first: boolean;

  constructor(
    place: Place,
    private readonly make: MakeMembers,
  ) {
    super(place);
    this.#first = !this.optional || place.initial != null;
    this.toggle(this.#first);
  }

  toggle(on: boolean): void {
    if (on && !this.members.size) this.members = this.make();
    this.on = on;
  }

  /** Whether it may be left out as a whole. */
  get optional(): boolean {
    const { nullable, required, item, initial } = this.place;
    return nullable || (!required && !item && initial == null);
  }

  override get blank(): boolean {
    return !this.on;
  }

  override get changed(): boolean {
    return this.on !== this.#first || this.children.some((member) => member.changed);
  }

  protected override get value(): unknown {
    // What its default says of a member counts more than what the member's own default would.
    const given = { ...(this.place.initial as Record<string, unknown> | null | undefined) };
    for (const [name, member] of this.members) {
      const taken = member.take();
      if (taken !== ABSENT) given[name] = taken;
    }
    return given;
  }

  override get children(): Field[] {
    return this.on ? [...this.members.values()] : [];
  }

  override forget(): void {
    // Those as well that were taken away again.
    for (const member of this.members.values()) member.forget();
  }

  override child(name: string): Field | undefined {
    return this.on ? this.members.get(name) : undefined;
  }
}
