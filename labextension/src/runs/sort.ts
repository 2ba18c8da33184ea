import type { RunRow } from "../messages";
import { t } from "../words";

/** Columns by which the table can be sorted. */
export type Column =
  "short" | "status" | "flow" | "title" | "tags" | "created" | "took" | "events" | "reason";

export interface Order {
  column: Column;
  down: boolean;
}

export const COLUMNS: readonly (readonly [Column, string])[] = [
  ["short", t("run")],
  ["status", t("status")],
  ["flow", t("flow")],
  ["title", t("title")],
  ["tags", t("tags")],
  ["created", t("created")],
  ["took", t("took")],
  ["events", t("events")],
  ["reason", t("reason")],
];

const NUMERIC = new Set<Column>(["took", "events"]);

/** Whether a column holds numbers, which stand on the right. */
export function numeric(column: Column): boolean {
  return NUMERIC.has(column);
}

/** Returns rows in an order; those without a value come last, equals as the kernel sent them. */
export function sorted(rows: readonly RunRow[], { column, down }: Order): RunRow[] {
  return [...rows].sort((a, b) => compare(valueOf(a, column), valueOf(b, column), down));
}

/** Returns the order after a click on a column's head. */
export function turned(order: Order, column: Column): Order {
  const newestFirst = column === "created" || numeric(column);
  return { column, down: order.column === column ? !order.down : newestFirst };
}

function valueOf(row: RunRow, column: Column): string | number | null {
  if (column === "tags") return row.tags.join(", ");
  return column === "status" ? row.word : row[column];
}

function compare(a: string | number | null, b: string | number | null, down: boolean): number {
  if (isNothing(a) || isNothing(b)) return Number(isNothing(a)) - Number(isNothing(b));
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return down ? -order : order;
}

function isNothing(value: string | number | null): value is null {
  return value === null || value === "";
}
