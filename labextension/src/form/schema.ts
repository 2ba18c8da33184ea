/** JSON Schema as pydantic writes it, and what its indirections stand for. */

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  discriminator?: { propertyName: string; mapping?: Record<string, string> };
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  writeOnly?: boolean;
  "x-python"?: string;
  "x-widget"?: string;
}

export type Definitions = Record<string, Schema>;

/** A schema without indirections, and whether it also takes null. */
export interface Shape {
  schema: Schema;
  nullable: boolean;
}

/** Returns what a schema stands for: references followed, what is wrapped once unwrapped, null set apart. */
export function settle(schema: Schema, defs: Definitions): Shape {
  const plain = followed(schema, defs);
  const choices = plain.anyOf ?? (plain.discriminator ? undefined : plain.oneOf);
  if (!choices) return { schema: plain, nullable: plain.type === "null" };
  const others = choices.filter((choice) => choice.type !== "null");
  const nullable = others.length < choices.length;
  if (others.length !== 1) {
    const rest = { ...plain, anyOf: others };
    delete rest.oneOf;
    return { schema: rest, nullable };
  }
  const { anyOf: _any, oneOf: _one, ...own } = plain;
  const inner = settle({ ...others[0], ...own }, defs);
  return { schema: inner.schema, nullable: nullable || inner.nullable };
}

function referred(ref: string, defs: Definitions): Schema | undefined {
  return defs[ref.split("/").at(-1) ?? ""];
}

function followed(schema: Schema, defs: Definitions): Schema {
  if (schema.$ref !== undefined) {
    const { $ref, ...own } = schema;
    const { title: _title, ...target } = referred($ref, defs) ?? {};
    // What stands beside a reference says more about this place than what it refers to; the name of
    // the class that is referred to is no title of the place at all.
    return followed({ ...target, ...own }, defs);
  }
  if (schema.allOf?.length === 1) {
    const { allOf, ...own } = schema;
    return followed({ ...allOf[0], ...own }, defs);
  }
  return schema;
}

/** Whether a schema is that of a secret: what is written and never read. */
export function isSecret(schema: Schema): boolean {
  return schema.writeOnly === true || schema.format === "password";
}

/** Whether a schema has a place for a secret anywhere in it. */
export function hasSecret(schema: unknown, defs: Definitions, seen = new Set<unknown>()): boolean {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return false;
  seen.add(schema);
  const { $ref } = schema as Schema;
  const parts = [...Object.values(schema), typeof $ref === "string" && referred($ref, defs)];
  return isSecret(schema) || parts.some((part) => hasSecret(part, defs, seen));
}

/** Returns the values among which a schema lets choose, if it does. */
export function choicesOf(schema: Schema): unknown[] | undefined {
  return schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
}

/** Returns the JSON types that a schema takes; none if it says nothing of them. */
export function sortsOf(schema: Schema, defs: Definitions): Set<string> {
  const parts = schema.anyOf ?? schema.oneOf;
  if (!parts) return new Set(schema.type === undefined ? choiceSorts(schema) : [schema.type]);
  return new Set(parts.flatMap((part) => [...sortsOf(settle(part, defs).schema, defs)]));
}

function choiceSorts(schema: Schema): string[] {
  return (choicesOf(schema) ?? []).map((value) => sortOf(value));
}

/** Returns the JSON type of a value; whole numbers are integers. */
export function sortOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** Whether two JSON values are equal; the order of an object's keys does not count. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && same(left[key], right[key]))
  );
}
