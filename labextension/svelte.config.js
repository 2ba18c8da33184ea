/** Svelte keeps comments and line breaks of style rules that it puts into code. */
function shorter({ content }) {
  return {
    code: content
      .replace(/\/\*[^]*?\*\//g, "")
      .replace(/\s+/g, " ")
      .replace(/, /g, ","),
  };
}

export default {
  preprocess: { style: shorter },
  // A widget is one file: its style rules travel in it.
  compilerOptions: { css: "injected", runes: true },
};
