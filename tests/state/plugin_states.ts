/** Arbitrary states of plugins, for property tests. */

import * as fc from "fast-check";
import type { PluginState } from "@semantik/plugins/state";
import { PERMISSION_KINDS } from "@semantik/plugins/permissions";
import type { JsonObject } from "../../src/base/json.ts";

export const PLUGIN_IDS = ["a", "b-1", "c_c", "constructor", "7"] as const;

export function pluginIds(): fc.Arbitrary<string> {
  return fc.constantFrom(...PLUGIN_IDS);
}

function configs(): fc.Arbitrary<JsonObject> {
  return fc.dictionary(
    fc.string({ unit: "grapheme", maxLength: 8 }).filter((key) =>
      key !== "__proto__"
    ),
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(
        fc.double({ noNaN: true, noDefaultInfinity: true })
          .map((number) => number === 0 ? 0 : number),
      ),
      fc.record({ api_key_env: fc.string() }),
    ),
    { maxKeys: 4, noNullPrototype: true },
  );
}

export function pluginState(): fc.Arbitrary<PluginState> {
  return fc.record({
    enabled: fc.boolean(),
    config: configs(),
    consented: fc.dictionary(
      fc.constantFrom(...PERMISSION_KINDS),
      fc.oneof(fc.constant<true>(true), fc.array(fc.string())),
      { noNullPrototype: true },
    ),
  }, { requiredKeys: [], noNullPrototype: true });
}

export function pluginStates(): fc.Arbitrary<ReadonlyMap<string, PluginState>> {
  return fc.uniqueArray(fc.tuple(pluginIds(), pluginState()), {
    selector: ([id]) => id,
  }).map((entries) => new Map(entries));
}
