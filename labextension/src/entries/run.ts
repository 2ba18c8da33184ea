import type { RunState } from "../messages";
import RunView from "../run/RunView.svelte";
import { widget } from "../widget";

export default widget<RunState>(RunView);
