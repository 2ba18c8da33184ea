import type { Asks } from "../channel";
import type { Download, Piece } from "../messages";

/** Asks for a file piece by piece and saves it; returns its name. */
export async function download(
  channel: Asks,
  format: Download["format"],
  told: (characters: number) => void = () => {},
): Promise<string> {
  const texts: string[] = [];
  let after: number | null = -1;
  let characters = 0;
  let name = "";
  let mime = "";
  while (after !== null) {
    const piece: Piece = await channel.ask({ do: "download", format, after });
    texts.push(piece.text);
    ({ name, mime, after } = piece);
    told((characters += piece.text.length));
  }
  save(new Blob(texts, { type: mime }), name);
  return name;
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
