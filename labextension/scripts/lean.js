// Leaves out of the Svelte runtime what a widget never does. Svelte guards these parts by flags that bundlers
// take for variables; as constants they, and all that they guard, can be dropped: a tenth of a widget.

const NEVER = {
  // Takes over markup that a server made.
  "client/dom/hydration.js": [
    ["export let hydrating = false;", "export const hydrating = false;"],
    ["\thydrating = value;", "\tvoid value;"],
  ],
  // Shows legacy components or async ones, or is traced.
  "flags/index.js": [
    ["export let async_mode_flag = false;", "export const async_mode_flag = false;"],
    ["export let legacy_mode_flag = false;", "export const legacy_mode_flag = false;"],
    ["export let tracing_mode_flag = false;", "export const tracing_mode_flag = false;"],
    ["\tasync_mode_flag = true;", ""],
    ["\tasync_mode_flag = false;", ""],
    ["\tlegacy_mode_flag = true;", ""],
    ["\ttracing_mode_flag = true;", ""],
  ],
  // Follows changes within objects: state is exchanged as a whole here, see `DEEP`.
  "client/reactivity/sources.js": [["should_proxy ? proxy(value) : value", "value"]],
  "client/reactivity/props.js": [["runes && bindable ? proxy(value) : value", "value"]],
};

const DEEP = /\$state[<(]|\$bindable/;

/** Returns the plugin; it fails when Svelte's files, or ours, are not what it expects. */
export function lean() {
  return {
    name: "lean-svelte",
    enforce: "pre",
    transform(code, id) {
      const path = id.split("?")[0];
      if (!path.includes("/node_modules/") && DEEP.test(code))
        throw new Error(`${path}: use $state.raw and props that are not bound, see lean.js`);
      const found = Object.keys(NEVER).find((end) => path.endsWith(`svelte/src/internal/${end}`));
      return found ? NEVER[found].reduce((text, [from, to]) => swapped(text, from, to, path), code) : null;
    },
  };
}

function swapped(text, from, to, path) {
  if (!text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}: see lean.js`);
  return text.replace(from, to);
}
