import type { Asks } from "../channel";
import type { FileField } from "./fields/file.svelte";

/** Bytes of a piece. */
export const PIECE = 512 * 1024;

/** Sends a field's file to the kernel, piece by piece. */
export async function upload(channel: Asks, field: FileField): Promise<void> {
  const file = field.file;
  if (!file) return;
  field.key = freshKey();
  field.sent = 0;
  try {
    // An empty file has one piece, too: the kernel would not know of it otherwise.
    for (let first = 0; first === 0 || first < file.size; first += PIECE) {
      const bytes = await file.slice(first, first + PIECE).arrayBuffer();
      const { name, size } = file;
      await channel.ask({ do: "upload", file: field.key, name, size, first }, [bytes]);
      field.sent = Math.min(size, first + PIECE);
    }
  } finally {
    field.sent = undefined;
  }
}

function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
