type Values = Record<string, string | number>;

/**
 * Returns a sentence in the reader's language: every text that people see comes through here.
 *
 * The English sentence is its own key; `{name}` in it stands for a value.
 */
export function t(sentence: string, values: Values = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Returns a count with its noun. */
export function counted(count: number, one: string, many: string): string {
  return t(count === 1 ? one : many, { n: amount(count) });
}

/** Returns a whole number with thin spaces between thousands, as in the static picture. */
export function amount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
