/** Random plugins that require each other. */

import fc from "fast-check";
import type { PermissionMode } from "@semantik/plugins";
import type { PlanFacts } from "../../src/plan/plan.ts";
import type { PluginFacts } from "../../src/policy/checks.ts";
import { factsOf, plugin, problem } from "./facts.ts";

const ids = ["a", "b", "c", "d", "e", "f", "g", "h"];

const requirement = fc.tuple(
  fc.constantFrom(...ids, "gone"),
  fc.constantFrom("", "", "", "@^1", "@^2"),
  fc.constantFrom("", "", "?"),
).map((parts) => parts.join(""));

const plugins: fc.Arbitrary<readonly PluginFacts[]> = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom(...ids),
    requires: fc.uniqueArray(requirement, {
      maxLength: 3,
      selector: (text) => text.charAt(0),
    }),
    builtin: fc.boolean(),
    bad: fc.nat(9).map((n) => n === 0),
    missing: fc.nat(5).map((n) => n === 0),
  }),
  { selector: ({ id }) => id },
).map((list) =>
  list.map(({ id, requires, builtin, bad, missing }) =>
    plugin(id, {
      requires,
      origin: builtin ? "builtin" : "external",
      problems: bad ? [problem("bad")] : [],
      missing: missing ? [{ kind: "net", value: "a.example" }] : [],
    })
  )
);

/** The facts of a random host. */
export const planFacts: fc.Arbitrary<PlanFacts> = fc.record({
  plugins,
  permissionMode: fc.constantFrom<PermissionMode>(
    "enforce",
    "prompt",
    "report",
  ),
  disabled: fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 2 }),
  live: fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 1 }),
}).map(({ plugins, permissionMode, disabled, live }) =>
  factsOf(plugins, {
    permissionMode,
    disabled: disabled,
    live: live,
  })
);
