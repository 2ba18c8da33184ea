import { compact } from "../format";
import { t } from "../words";
import type { Field, Place } from "./field.svelte";
import { ChoiceField } from "./fields/choice.svelte";
import { ChoicesField } from "./fields/choices.svelte";
import { ConstantField, ForeignField } from "./fields/constant.svelte";
import { FileField } from "./fields/file.svelte";
import { FlagField } from "./fields/flag.svelte";
import { FreeField } from "./fields/free.svelte";
import { GroupField } from "./fields/group.svelte";
import { ListField } from "./fields/list.svelte";
import { MappingField } from "./fields/mapping.svelte";
import { NumericField } from "./fields/numeric.svelte";
import { TextField } from "./fields/text.svelte";
import { VariantField } from "./fields/variant.svelte";
import { choicesOf, hasSecret, isSecret, settle, sortsOf, type Definitions, type Schema } from "./schema";

/** What the fields of one form share. */
interface Site {
  defs: Definitions;
  /** Bytes that a file may have. */
  limit: number;
  nextId: () => string;
}

/** What is known of a field before its schema is read. */
interface Spot {
  name: string;
  required: boolean;
  item?: boolean;
  /** Default that stands further up: in the default of the group. */
  initial?: unknown;
}

const SIMPLE = new Set(["string", "number", "integer", "boolean"]);

/**
 * Returns the fields of an object's JSON Schema.
 *
 * Args:
 *   schema: Of an object, draft 2020-12.
 *   prefix: Begins the ids of its elements; unique on the page.
 *   limit: Bytes that a file may have.
 */
export function buildForm(schema: Schema, prefix: string, limit = Infinity): GroupField {
  let count = 0;
  const site: Site = { defs: schema.$defs ?? {}, limit, nextId: () => `${prefix}-${count++}` };
  const { schema: plain } = settle(schema, site.defs);
  return group(site, placed(site, plain, { name: "", required: true }));
}

function placed(site: Site, schema: Schema, spot: Spot): Place {
  const shape = settle(schema, site.defs);
  return {
    id: site.nextId(),
    label: shape.schema.title ?? spaced(spot.name),
    help: shape.schema.description ?? "",
    ...shape,
    required: spot.required,
    item: spot.item ?? false,
    initial: spot.initial === undefined ? shape.schema.default : spot.initial,
  };
}

function spaced(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function field(site: Site, schema: Schema, spot: Spot): Field {
  const place = placed(site, schema, spot);
  const plain = place.schema;
  if (plain["x-python"] !== undefined) return new ForeignField(place);
  if (isSecret(plain)) return secret(site, place);
  const choices = choicesOf(plain);
  if (choices) return choice(place, choices);
  if (plain.oneOf && plain.discriminator) return variant(site, place);
  if (plain.anyOf || plain.oneOf || plain.allOf) return free(site, place);
  return typed(site, place);
}

function choice(place: Place, values: unknown[]): Field {
  const only = values.length === 1 && !place.nullable && (place.required || place.initial !== undefined);
  return only ? new ConstantField(place, values[0]) : new ChoiceField(place, values);
}

function free(site: Site, place: Place): Field {
  return new FreeField(place, sortsOf(place.schema, site.defs), hasSecret(place.schema, site.defs));
}

/** What is masked is typed, whatever its type: text as it is, all else as JSON or for the kernel to read. */
function secret(site: Site, place: Place): Field {
  const [sort, ...others] = sortsOf(place.schema, site.defs);
  return sort === "string" && !others.length ? new TextField(place) : free(site, place);
}

function typed(site: Site, place: Place): Field {
  switch (place.schema.type) {
    case "string":
      return place.schema.format === "binary" ? new FileField(place, site.limit) : new TextField(place);
    case "integer":
    case "number":
      return new NumericField(place);
    case "boolean":
      return place.nullable ? new ChoiceField(place, [true, false]) : new FlagField(place);
    case "array":
      return list(site, place);
    case "object":
      return place.schema.properties ? group(site, place) : mapping(site, place);
    default:
      return free(site, place);
  }
}

function list(site: Site, place: Place): Field {
  const { items = {}, prefixItems } = place.schema;
  const { schema: inner } = settle(items, site.defs);
  const choices = prefixItems || isSecret(inner) ? undefined : inner.enum;
  if (choices) return new ChoicesField(place, choices);
  const make = (index: number, initial: unknown) => {
    const name = t("no. {n}", { n: index + 1 });
    return field(site, untitled(prefixItems?.[index] ?? items), {
      name,
      required: true,
      item: true,
      initial,
    });
  };
  return new ListField(place, make, prefixItems !== undefined);
}

/** Items are called by their place in the list. */
function untitled({ title: _title, ...schema }: Schema): Schema {
  return schema;
}

function group(site: Site, place: Place): GroupField {
  const { properties = {}, required = [] } = place.schema;
  const initial = place.initial as Record<string, unknown> | null | undefined;
  return new GroupField(place, () => {
    const members = Object.entries(properties).map(([name, schema]): [string, Field] => [
      name,
      field(site, schema, { name, required: required.includes(name), initial: initial?.[name] }),
    ]);
    return new Map(members);
  });
}

function variant(site: Site, place: Place): Field {
  const { discriminator, oneOf = [] } = place.schema;
  const property = discriminator?.propertyName ?? "";
  const found = new Map(alternatives(site, oneOf, property, discriminator?.mapping));
  return new VariantField(place, [...found.keys()], property, (tag) => {
    const { [property]: _tag, ...properties } = found.get(tag)?.properties ?? {};
    const initial = place.initial as Record<string, unknown> | null | undefined;
    const schema = { ...found.get(tag), properties };
    const spot = { name: tag, required: true, initial: initial?.[property] === tag ? initial : undefined };
    return group(site, placed(site, schema, spot));
  });
}

function alternatives(
  site: Site,
  schemas: Schema[],
  property: string,
  mapping?: Record<string, string>,
): [string, Schema][] {
  if (mapping) return Object.entries(mapping).map(([tag, $ref]) => [tag, settle({ $ref }, site.defs).schema]);
  return schemas.map((schema) => {
    const plain = settle(schema, site.defs).schema;
    return [compact(choicesOf(plain.properties?.[property] ?? {})?.[0] ?? plain.title ?? ""), plain];
  });
}

function mapping(site: Site, place: Place): Field {
  const values = place.schema.additionalProperties;
  if (typeof values !== "object") return free(site, place);
  const inner = settle(values, site.defs);
  const simple = isSecret(inner.schema) || choicesOf(inner.schema) || SIMPLE.has(inner.schema.type ?? "");
  if (!simple) return free(site, place);
  const spot = { name: t("value"), required: true, item: true };
  return new MappingField(place, (initial) => field(site, untitled(values), { ...spot, initial }));
}
