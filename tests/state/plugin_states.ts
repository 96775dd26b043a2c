/** Arbitrary states of plugins, for property tests. */

import * as fc from "fast-check";
import type { PluginState } from "@semantik/plugins/state";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionKind,
} from "@semantik/plugins/permissions";
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

const VALUES: Readonly<Record<PermissionKind, readonly string[]>> = {
  read: ["/srv", "/srv/data", "/x y"],
  write: ["/srv/data"],
  net: ["a.example", "a.example:443", "*.example", "10.0.0.0/8"],
  env: ["HOME", "AWS_*"],
  sys: ["hostname", "uid"],
  run: ["git", "/usr/bin/git"],
  ffi: ["/srv/lib.so"],
  import: ["jsr.io:443"],
};

function permissions(): fc.Arbitrary<PermissionDeclaration> {
  return fc.uniqueArray(fc.constantFrom(...PERMISSION_KINDS)).chain((kinds) =>
    fc.record(
      Object.fromEntries(
        kinds.map((kind) => [
          kind,
          fc.oneof(
            fc.constant<true>(true),
            fc.subarray([...VALUES[kind]], { minLength: 1 }),
          ),
        ]),
      ),
      { noNullPrototype: true },
    )
  );
}

function names(): fc.Arbitrary<string> {
  return fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
}

function times(): fc.Arbitrary<string> {
  return fc.date({
    min: new Date(0),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  }).map((date) => date.toISOString());
}

export function pluginState(): fc.Arbitrary<PluginState> {
  return fc.record({
    enabled: fc.boolean(),
    config: configs(),
    consent: fc.record({
      permissions: permissions(),
      source: fc.constantFrom("/srv/plugins/a/plugin.json", "builtin:a"),
      digest: fc.constantFrom("sha256-x", "sha256-y"),
      by: names(),
      at: times(),
    }, {
      requiredKeys: ["permissions", "source", "at"],
      noNullPrototype: true,
    }),
    revoked: permissions(),
    revocation: fc.record({ by: names(), at: times() }, {
      requiredKeys: ["at"],
      noNullPrototype: true,
    }),
  }, { requiredKeys: [], noNullPrototype: true }).map(
    ({ revocation, ...others }) =>
      revocation === undefined || others.revoked === undefined
        ? others
        : { ...others, revocation },
  );
}

export function pluginStates(): fc.Arbitrary<ReadonlyMap<string, PluginState>> {
  return fc.uniqueArray(fc.tuple(pluginIds(), pluginState()), {
    selector: ([id]) => id,
  }).map((entries) => new Map(entries));
}
