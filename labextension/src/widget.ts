import { mount, unmount, type Component } from "svelte";
import type { Shown, Widget } from "./afm";
import { Channel } from "./channel";
import Checked from "./parts/Checked.svelte";
import { Trait } from "./trait.svelte";

/** What a view gets. */
export interface View<S> {
  state: S;
  channel: Channel;
}

/** Returns a widget's front end that shows a component; everything it holds is let go in its clean-up. */
export function widget<S extends { protocol: number }>(view: Component<View<S>>): Widget {
  return {
    render({ model, el, signal }: Shown) {
      const channel = new Channel(model);
      const trait = new Trait<S>(model);
      const shown = mount(Checked, {
        target: el,
        props: { trait: trait as never, channel, view: view as never },
      });
      let open = true;
      const close = () => {
        if (!open) return;
        open = false;
        signal?.removeEventListener("abort", close);
        channel.close();
        trait.close();
        void unmount(shown);
      };
      signal?.addEventListener("abort", close);
      return close;
    },
  };
}
