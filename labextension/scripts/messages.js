// Writes src/messages.ts from src/messages.schema.json; with --check only tells whether it is up to date.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const SCHEMA = new URL("../src/messages.schema.json", import.meta.url);
const TYPES = new URL("../src/messages.ts", import.meta.url);
const BANNER = `/* Generated from kodonb/widgets/messages.py by \`npm run messages\`: change it there. */`;

async function generated() {
  return compile(JSON.parse(await readFile(SCHEMA, "utf8")), "Contract", {
    additionalProperties: false,
    bannerComment: BANNER,
    style: { printWidth: 110 },
    unreachableDefinitions: false,
  });
}

const wanted = await generated();
if (!process.argv.includes("--check")) {
  await writeFile(TYPES, wanted);
} else if ((await readFile(TYPES, "utf8")) !== wanted) {
  console.error("src/messages.ts is not what its schema says: run `npm run messages`");
  process.exit(1);
}
