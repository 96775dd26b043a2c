import type { Builtin } from "@semantik/plugins";
import { definePlugin } from "@semantik/plugins/plugin";
import type { Filter } from "../filter.ts";

const plugin = definePlugin({
  setup: (): Filter => ({
    apply(text) {
      const lines = text.replace(/\n$/, "").split("\n");
      const width = String(lines.length).length;
      return lines
        .map((line, index) => `${String(index + 1).padStart(width)}  ${line}\n`)
        .join("");
    },
  }),
});

/** Puts the number before each line. */
export const numberLines = {
  manifest: {
    id: "number-lines",
    type: "filter",
    version: "1.0.0",
    description: "Puts its number before each line",
    // Optional, but set up first if it is present.
    requires: [{ id: "mask-addresses", version: "^1.0.0", optional: true }],
    permissions: {},
  },
  plugin,
} satisfies Builtin;
