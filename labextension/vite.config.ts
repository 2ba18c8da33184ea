import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const built = fileURLToPath(new URL("../kodonb/widgets/static/", import.meta.url));
const fakes = fileURLToPath(new URL("./tests/lab/", import.meta.url));

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    // The tests need the Svelte that runs in browsers, not the one for servers.
    ...(process.env["VITEST"] ? { conditions: ["browser"] } : {}),
    // With BUILT=1 the tests of the widgets run with what was built: minifying must not change what they do.
    alias: [
      ...(process.env["BUILT"]
        ? [{ find: /^\.\.\/src\/entries\/(\w+)$/, replacement: `${built}$1.js` }]
        : []),
      // JupyterLab brings it; only its token is asked for.
      ...(process.env["VITEST"]
        ? [{ find: "@jupyterlab/notebook", replacement: `${fakes}notebook-token.ts` }]
        : []),
    ],
  },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
  },
});
