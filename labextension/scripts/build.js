// Builds JupyterLab's extension, then each entry into one file without imports, as a widget's front end must be,
// and says how large it is.
import { execFileSync } from "node:child_process";
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { lean } from "./lean.js";

const ENTRIES = ["run", "form", "runs"];
const LIMIT = 100 * 1024;
const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = folder("../../kodonb/widgets/static/");
const extension = folder("../../kodonb/labextension/");
const packaged = (name) => fileURLToPath(import.meta.resolve(name));

async function protocol() {
  const source = await readFile(folder("../src/protocol.ts"), "utf8");
  return Number(/PROTOCOL = (\d+)/.exec(source)[1]);
}

async function bundle(entry) {
  await build({
    root: folder(".."),
    logLevel: "warn",
    plugins: [lean()],
    build: {
      outDir: target,
      emptyOutDir: false,
      modulePreload: false,
      target: "es2022",
      // Not `build.lib`: that keeps blanks and comments in what it calls minified.
      rolldownOptions: {
        input: folder(`../src/entries/${entry}.ts`),
        preserveEntrySignatures: "strict",
        output: { format: "es", entryFileNames: `${entry}.js`, codeSplitting: false },
      },
    },
  });
}

async function measure(entry) {
  const code = await readFile(`${target}${entry}.js`);
  console.log(`${entry}.js  ${code.length} bytes, ${gzipSync(code, { level: 9 }).length} gzipped`);
  if (code.length > LIMIT) throw new Error(`${entry}.js is larger than ${LIMIT} bytes`);
  check(`${entry}.js`, code.toString());
}

function check(name, code) {
  if (/\beval\(|\bFunction\(|\bimport\(/.test(code)) throw new Error(`${name} makes code from text`);
}

async function buildExtension() {
  const builder = packaged("@jupyter/builder/lib/build-labextension.js");
  const core = packaged("@jupyterlab/core-meta/core.package.json");
  execFileSync(process.execPath, [builder, "--core-package-file", core, folder("../lab")], {
    stdio: "inherit",
  });
  await copyFile(folder("../lab/install.json"), `${extension}install.json`);
  for (const name of await readdir(`${extension}static`))
    if (name.endsWith(".js")) await withoutCode(`${extension}static/${name}`);
}

/** Takes out what finds the page's globals, in browsers before 2020, by making code from text. */
async function withoutCode(path) {
  const code = (await readFile(path, "utf8")).replace('this||Function("return this")()', "this");
  check(path, code);
  await writeFile(path, code);
}

await buildExtension();
for (const entry of ENTRIES) {
  await bundle(entry);
  await measure(entry);
}
await writeFile(`${target}manifest.json`, `${JSON.stringify({ protocol: await protocol() })}\n`);
