import { Widget } from "@lumino/widgets";
import { t } from "../../src/words";

/** What the kernel left in an output's metadata of a run that had not ended (`kodonb/magics/views.py`). */
export interface About {
  run: string;
  /** Whether the run goes on without the kernel that started it. */
  outlives: boolean;
}

/** Returns what an output's metadata say of its run, if it is a run's and that had not ended. */
export function about(metadata: Record<string, unknown>): About | undefined {
  const said = metadata["kodonb"] as Partial<About> | undefined;
  return typeof said?.run === "string" ? { run: said.run, outlives: !!said.outlives } : undefined;
}

const STYLE = `
  margin: 0 0 8px;
  padding: 4px 12px;
  border-left: 3px solid var(--jp-warn-color0, currentColor);
  color: var(--jp-ui-font-color1, inherit);
  background: var(--jp-layout-color2, transparent);
  font: var(--jp-ui-font-size1, 13px)/1.5 var(--jp-ui-font-family, sans-serif);
`;

/** Returns the line that says that what stands below it is a picture, and how to see the run again. */
export function note({ run, outlives }: About): Widget {
  const line = document.createElement("p");
  line.setAttribute("role", "note");
  line.style.cssText = STYLE;
  const command = document.createElement("code");
  command.textContent = `%flow show ${run}`;
  line.append(
    outlives
      ? t("This is a picture of the run as it was here; the run itself does not need this kernel.")
      : t("This is a picture of the run as it was here; the run has ended with its kernel."),
    ` ${t("To see how it stands now, execute")} `,
    command,
  );
  return new Widget({ node: line });
}
