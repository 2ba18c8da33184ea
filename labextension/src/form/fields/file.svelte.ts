import { size } from "../../format";
import { t } from "../../words";
import { Field, type Place } from "../field.svelte";

/** A file, sent in pieces before the form is. */
export class FileField extends Field {
  readonly sort = "file";
  file = $state.raw<File | undefined>();
  /** Bytes that the kernel has; undefined while nothing is sent. */
  sent = $state.raw<number | undefined>();
  /** Id under which the kernel has it. */
  key = "";

  constructor(
    place: Place,
    private readonly limit: number,
  ) {
    super(place);
  }

  override get blank(): boolean {
    return !this.file;
  }

  override get changed(): boolean {
    return !!this.file;
  }

  override get obstacle(): string {
    if (!this.file) return this.place.item ? t("is empty") : "";
    if (this.file.size <= this.limit) return "";
    return t("is too large: {size}; a file may have {limit}", {
      size: size(this.file.size),
      limit: size(this.limit),
    });
  }

  protected override get value(): unknown {
    return { file: this.key };
  }
}
