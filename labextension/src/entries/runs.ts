import type { TableState } from "../messages";
import RunsTable from "../runs/RunsTable.svelte";
import { widget } from "../widget";

export default widget<TableState>(RunsTable);
