export const INotebookTracker = Symbol("stands for JupyterLab's notebooks");
