// What JupyterLab's builder does not know by itself: TypeScript, whose types `npm run check` checks.
module.exports = {
  resolve: { extensions: [".ts", ".js"] },
  module: {
    rules: [
      {
        test: /\.ts$/,
        loader: "builtin:swc-loader",
        options: { jsc: { parser: { syntax: "typescript" }, target: "es2022" } },
        type: "javascript/auto",
      },
    ],
  },
  output: { uniqueName: "kodonb" },
};
