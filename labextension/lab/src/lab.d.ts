// JupyterLab brings its packages itself; only this token is needed, and the package would bring 450 MB of others.
declare module "@jupyterlab/notebook" {
  export const INotebookTracker: unknown;
}
