import type { Model } from "./afm";

/** Follows the trait `state` of a model. */
export class Trait<S> {
  current = $state.raw() as S;

  constructor(private readonly model: Model) {
    this.current = model.get("state") as S;
    model.on("change:state", this.#changed);
  }

  close(): void {
    this.model.off("change:state", this.#changed);
  }

  #changed = (): void => {
    this.current = this.model.get("state") as S;
  };
}
