import { describe, expect, it } from "vitest";
import { buildForm } from "../src/form/build";
import { ABSENT, within, type Field } from "../src/form/field.svelte";
import type { ChoiceField } from "../src/form/fields/choice.svelte";
import type { FreeField } from "../src/form/fields/free.svelte";
import type { GroupField } from "../src/form/fields/group.svelte";
import type { ListField } from "../src/form/fields/list.svelte";
import type { MappingField } from "../src/form/fields/mapping.svelte";
import type { NumericField } from "../src/form/fields/numeric.svelte";
import type { TextField } from "../src/form/fields/text.svelte";
import type { VariantField } from "../src/form/fields/variant.svelte";
import { obstruct, place } from "../src/form/problems";
import type { Schema } from "../src/form/schema";
import every from "./every.json";

const form = () => buildForm(every as unknown as Schema, "f");
const get = <F extends Field>(group: Field, name: string) => group.child(name) as F;
const one = <F extends Field>(schema: Schema, required = false): F =>
  get<F>(buildForm({ type: "object", properties: { x: schema }, required: required ? ["x"] : [] }, "f"), "x");

/** Fills in what must be. */
function filled() {
  const made = form();
  get<TextField>(made, "topic").raw = "cats";
  get<NumericField>(get(made, "budget"), "limit").raw = "5";
  get<VariantField>(made, "pet").choose("dog");
  get<TextField>(get(made, "pet"), "name").raw = "rex";
  get<ChoiceField>(made, "colour").chosen = 1;
  get<TextField>(made, "key").raw = "secret";
  return made;
}

describe("a form from pydantic's schema", () => {
  it("has the right sort of field for each parameter", () => {
    const sorts = Object.fromEntries(
      form().children.map((field, index) => [Object.keys(every.properties)[index], field.sort]),
    );
    expect(sorts).toEqual({
      topic: "text",
      budget: "group",
      pet: "variant",
      colour: "choice",
      key: "text",
      data: "file",
      count: "number",
      ratio: "number",
      price: "free",
      eager: "flag",
      maybe: "choice",
      level: "choice",
      many: "choices",
      several: "choices",
      day: "text",
      at: "text",
      when: "text",
      wait: "text",
      names: "list",
      pairs: "mapping",
      options: "free",
      anything: "free",
      mixed: "free",
      url: "text",
      text: "text",
      essay: "text",
      spare: "group",
      base: "group",
      tree: "group",
      size: "list",
      thing: "foreign",
      nick: "text",
      points: "list",
      pin: "free",
      born: "text",
      agreed: "free",
      rank: "text",
      codes: "free",
      account: "free",
      either: "free",
      ranks: "list",
      accounts: "mapping",
    });
  });

  it("shows the browser's own fields for dates, addresses and secrets", () => {
    const made = form();
    const inputs = ["day", "at", "when", "url", "key"].map((name) => get<TextField>(made, name).input);
    expect(inputs).toEqual(["date", "time", "datetime-local", "url", "password"]);
    expect([get<TextField>(made, "text").lines, get<TextField>(made, "essay").lines]).toEqual([true, true]);
    expect(one<TextField>({ type: "string", "x-widget": "textarea" }).lines).toBe(true);
  });

  it("sends what is required and what was changed; defaults are left to the kernel", () => {
    const made = filled();
    expect(made.take()).toEqual({
      topic: "cats",
      budget: { limit: 5 },
      pet: { kind: "dog", name: "rex" },
      colour: "green",
      key: "secret",
    });
    get<NumericField>(made, "count").raw = "4";
    get<TextField>(made, "text").raw = "";
    get<TextField>(made, "nick").raw = "";
    get<ChoiceField>(made, "level").chosen = -1;
    expect(made.take()).toMatchObject({ count: 4, text: "", nick: null, level: null });
  });

  it("leaves out what was emptied where neither null nor empty text is a value", () => {
    const made = filled();
    get<NumericField>(made, "count").raw = "";
    get<TextField>(made, "day").raw = "";
    expect(Object.keys(made.take() as object)).not.toContain("count");
    expect(Object.keys(made.take() as object)).not.toContain("day");
  });

  it("gives a group that need not be given only when asked to", () => {
    const made = filled();
    const spare = get<GroupField>(made, "spare");
    expect([spare.optional, spare.on, get<GroupField>(made, "base").optional]).toEqual([true, false, false]);
    spare.toggle(true);
    get<NumericField>(spare, "limit").raw = "1.5";
    expect(made.take()).toMatchObject({ spare: { limit: 1.5 } });
  });

  it("sends a group with what its default says of the members that were left alone", () => {
    const made = filled();
    get<TextField>(get(made, "base"), "note").raw = "more";
    expect(made.take()).toMatchObject({ base: { limit: 3, note: "more" } });
  });

  it("takes models that contain themselves", () => {
    const made = filled();
    const tree = get<GroupField>(made, "tree");
    tree.toggle(true);
    get<TextField>(tree, "name").raw = "root";
    const children = get<ListField>(tree, "children");
    children.add();
    get<TextField>(children.items[0]!, "name").raw = "leaf";
    expect(made.take()).toMatchObject({ tree: { name: "root", children: [{ name: "leaf" }] } });
  });

  it("adds and removes items of lists and pairs", () => {
    const made = filled();
    const names = get<ListField>(made, "names");
    names.add();
    (names.items[1] as TextField).raw = "grace";
    names.remove(0);
    const pairs = get<MappingField>(made, "pairs");
    pairs.add();
    pairs.pairs[1]!.name = "b";
    (pairs.pairs[1]!.value as NumericField).raw = "2";
    expect(made.take()).toMatchObject({ names: ["grace"], pairs: { a: 1, b: 2 } });
    pairs.pairs[1]!.name = "a";
    expect(pairs.obstacle).toContain("twice");
  });

  it("has one field for each place of a tuple", () => {
    const size = get<ListField>(form(), "size");
    expect([size.fixed, size.items.map((item) => item.take())]).toEqual([true, [1, 2]]);
  });

  it("reads values of several types as JSON where that is meant", () => {
    const read = (name: string, raw: string) => {
      const field = get<FreeField>(form(), name);
      field.raw = raw;
      return field.take();
    };
    expect(read("mixed", "5")).toBe(5);
    expect(read("mixed", "five")).toBe("five");
    expect(read("mixed", "true")).toBe("true");
    expect(read("anything", '{"a": [1]}')).toEqual({ a: [1] });
    expect(read("anything", "hello")).toBe("hello");
    // 1.10 has a digit that a number would lose.
    expect(read("price", "1.20")).toBe("1.20");
    expect(read("price", "1.2")).toBe(1.2);
    expect(read("mixed", "12345678901234567890")).toBe("12345678901234567890");
  });

  it("does not send mappings that are no JSON", () => {
    const made = form();
    get<FreeField>(made, "options").raw = "{a: 1}";
    expect(obstruct(made)).toBe(true);
    expect(get(made, "options").problems).toEqual(["is not JSON"]);
    get<FreeField>(made, "options").raw = '{"a": 1}';
    expect(obstruct(made)).toBe(false);
  });

  it("keeps whole numbers that are too large for the browser", () => {
    const field = one<NumericField>({ type: "integer" });
    field.raw = "12345678901234567890";
    expect(field.take()).toBe("12345678901234567890");
  });

  it("knows bounds and steps", () => {
    const field = one<NumericField>({ type: "integer", exclusiveMinimum: 0, maximum: 9, multipleOf: 3 });
    expect([field.min, field.max, field.step, field.bounds]).toEqual([1, 9, 3, "more than 0, at most 9"]);
    expect(one<NumericField>({ type: "number" }).step).toBe("any");
  });

  it("sends null for what must be given and may be nothing", () => {
    expect(one<TextField>({ anyOf: [{ type: "string" }, { type: "null" }] }, true).take()).toBeNull();
    expect(one<TextField>({ anyOf: [{ type: "string" }, { type: "null" }] }).take()).toBe(ABSENT);
  });

  it("sends a constant without asking for it", () => {
    expect(one({ const: "v1", type: "string" }, true).take()).toBe("v1");
  });

  it("calls fields by their titles, never by the class behind a reference", () => {
    const made = form();
    expect(get(made, "topic").place.label).toBe("Topic");
    expect(get(made, "colour").place.label).toBe("Colour");
    expect(get(made, "spare").place.label).toBe("Spare");
    expect(get(made, "topic").place.help).toBe("what it is about");
    const ids = [...within(made)].map((field) => field.place.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a secret of any type", () => {
  type Masked = TextField | FreeField;
  const taken = (name: string, raw: string) => {
    const field = get<Masked>(form(), name);
    field.raw = raw;
    return field.take();
  };

  it("is masked, and a default of it is not shown", () => {
    const made = form();
    for (const name of ["key", "pin", "born", "agreed", "rank", "codes", "account", "either"]) {
      const field = get<Masked>(made, name);
      expect([name, field.secret, field.lines]).toEqual([name, true, false]);
    }
    get<ListField>(made, "ranks").add();
    get<MappingField>(made, "accounts").add();
    expect(get<Masked>(get(made, "ranks"), "0").secret).toBe(true);
    expect(get<Masked>(get(made, "accounts"), "").secret).toBe(true);
    expect(one<FreeField>({ type: "integer", writeOnly: true, default: 7 }).raw).toBe("");
    expect(one<FreeField>({ const: 7, writeOnly: true }, true).secret).toBe(true);
  });

  it("is masked where it is one of several types, or within what is written as JSON", () => {
    const secret: Schema = { type: "string", writeOnly: true };
    expect(one<FreeField>({ anyOf: [secret, { type: "integer" }] }).secret).toBe(true);
    const holder: Schema = { type: "object", properties: { inner: { $ref: "#/$defs/Holder" }, key: secret } };
    const schema: Schema = {
      type: "object",
      $defs: { Holder: holder },
      properties: { x: { type: "object", additionalProperties: { $ref: "#/$defs/Holder" } } },
    };
    expect(get<FreeField>(buildForm(schema, "f"), "x").secret).toBe(true);
    expect(get<FreeField>(form(), "options").secret).toBe(false);
  });

  it("is sent as it was typed, or as JSON where that is its type", () => {
    expect(taken("key", '"12"')).toBe('"12"');
    expect(taken("pin", "0042")).toBe("0042");
    expect(taken("born", "2026-01-31")).toBe("2026-01-31");
    expect([taken("agreed", "true"), taken("agreed", "yes")]).toEqual([true, "yes"]);
    expect(taken("rank", "low")).toBe("low");
    expect(taken("codes", "[1, 2]")).toEqual([1, 2]);
    expect(taken("account", '{"limit": 3}')).toEqual({ limit: 3 });
    expect([taken("either", "5"), taken("either", "five")]).toEqual([5, "five"]);
  });

  it("is told to be no JSON before it is sent", () => {
    const made = form();
    get<FreeField>(made, "codes").raw = "1, 2";
    expect(obstruct(made)).toBe(true);
    expect(get(made, "codes").problems).toEqual(["is not JSON"]);
  });

  it("is forgotten once it was sent, wherever it stands", () => {
    const made = form();
    const pin = get<FreeField>(made, "pin");
    pin.raw = "4711";
    const tree = get<GroupField>(made, "tree");
    tree.toggle(true);
    get<TextField>(tree, "name").raw = "root";
    get<FreeField>(made, "mixed").raw = "7";
    made.forget();
    expect([pin.raw, pin.take()]).toEqual(["", ABSENT]);
    expect([get<TextField>(tree, "name").raw, get<FreeField>(made, "mixed").raw]).toEqual(["root", "7"]);
  });

  it("is forgotten in parts of the form that were put away", () => {
    const key: Schema = { type: "string", writeOnly: true };
    const spare = one<GroupField>({ type: "object", properties: { key } });
    spare.toggle(true);
    const field = get<TextField>(spare, "key");
    field.raw = "x";
    spare.toggle(false);
    spare.forget();
    expect(field.raw).toBe("");
  });
});

describe("problems", () => {
  it("stand beside the field that their path names", () => {
    const made = filled();
    get<GroupField>(made, "tree").toggle(true);
    const rest = place(made, [
      { field: "budget.limit", message: "too small" },
      { field: "pet.dog.name", message: "too short" },
      { field: "names.0", message: "no name" },
      { field: "many.0", message: "no colour" },
      { field: "mixed.int", message: "no number" },
      { field: "pairs.a", message: "no value" },
      { field: "ghost", message: "is not a parameter" },
      { field: "", message: "all wrong" },
    ]);
    expect(get(get(made, "budget"), "limit").problems).toEqual(["too small"]);
    expect(get(get(made, "pet"), "name").problems).toEqual(["too short"]);
    expect(get(get(made, "names"), "0").problems).toEqual(["no name"]);
    expect(get(made, "many").problems).toEqual(["0: no colour"]);
    expect(get(made, "mixed").problems).toEqual(["int: no number"]);
    expect(get(get(made, "pairs"), "a").problems).toEqual(["no value"]);
    expect(rest).toEqual(["ghost: is not a parameter", "all wrong"]);
  });

  it("go when others come", () => {
    const made = filled();
    place(made, [{ field: "topic", message: "bad" }]);
    place(made, [{ field: "colour", message: "bad" }]);
    expect(get(made, "topic").problems).toEqual([]);
  });
});
