import { assert, assertEquals } from "@std/assert";
import {
  getSanitizedEnvironment,
  type SanitizeOptions,
} from "@semantik/plugins";
import {
  recordEnvironment,
  resolveConfigReferences,
} from "@semantik/plugins/environment";
import { detailsOf } from "../audit/collector.ts";
import real from "../vectors/environment_names.json" with { type: "json" };
import made from "../vectors/secret_names.json" with { type: "json" };

// One definition of a secret's name, by all who use it: the environment, by
// either matching, raw configurations, and the details of the trail.

const BOTH: readonly NonNullable<SanitizeOptions["matching"]>[] = [
  "substring",
  "word",
];
const MOST_FALSE_ALARMS = 0.05;

/** The names of variables that plugins see. */
function kept(
  names: readonly string[],
  matching: NonNullable<SanitizeOptions["matching"]>,
): readonly string[] {
  const source = Object.fromEntries(names.map((name) => [name, "x"]));
  return Object.keys(getSanitizedEnvironment({ source, matching }));
}

/** The keys under which a configuration may not hold a text as it is. */
function refused(names: readonly string[]): readonly string[] {
  const result = resolveConfigReferences(
    Object.fromEntries(names.map((name) => [name, "hunter2"])),
    { environment: recordEnvironment({}), declared: [] },
  );
  return result.ok ? [] : result.problems.map(({ path = "" }) => path);
}

/** The keys of details whose values the trail does not show. */
function masked(names: readonly string[]): readonly string[] {
  const details = Object.fromEntries(names.map((name) => [name, "hunter2"]));
  return Object.entries(detailsOf(details))
    .filter(([, value]) => value === "[REDACTED]").map(([name]) => name);
}

Deno.test("getSanitizedEnvironment() withholds each secret name with either matching", () => {
  for (const matching of BOTH) {
    for (
      const names of [
        [...real.word_withhold, ...real.both_withhold, "DUO_SKEY"],
        made.secret,
        made.glued,
      ]
    ) assertEquals(kept(names, matching), [], matching);
  }
});

Deno.test("getSanitizedEnvironment() by word keeps names that only describe a secret", () => {
  for (const names of [real.word_keep, made.about]) {
    const shown = new Set(kept(names, "word"));
    const withheld = names.filter((name) => !shown.has(name));
    assert(
      withheld.length <= names.length * MOST_FALSE_ALARMS,
      withheld.join(" "),
    );
  }
  assertEquals(kept(made.lookalike, "word"), made.lookalike);
});

Deno.test("resolveConfigReferences() refuses a string under secret names only", () => {
  const variables = new Set(made.environment_only);
  const secret = made.secret.filter((name) => !variables.has(name));
  assertEquals(refused(secret), secret);
  assertEquals(refused(made.glued), made.glued);
  assertEquals(refused(made.lookalike), []);
  assertEquals(refused(real.word_keep), []);
});

Deno.test("createAuditLogger() masks values under secret names only", () => {
  const variables = new Set(made.environment_only);
  const secret = made.secret.filter((name) => !variables.has(name));
  assertEquals(masked(secret), secret);
  assertEquals(masked(made.glued), made.glued);
  assertEquals(masked(made.lookalike), []);
  assertEquals(masked(real.word_keep), []);
});

Deno.test("getSanitizedEnvironment() reads a question only if it asks about the secret", () => {
  const asked = [
    ...["ENABLE_BASIC_AUTH", "APP_ALLOW_PASSWORD", "USE_API_KEY", "NO_AUTH"],
    ...["MAX_API_KEYS", "HAS_PASSWORD", "SHOW_PASSWORD"],
  ];
  assertEquals(kept(asked, "word"), asked);
  const secret = [
    ...["NO_REPLY_PASSWORD", "SUPPORT_TOKEN", "VIRUS_TOTAL_TOKEN"],
    ...["SHOP_NO_API_KEY", "MAX_BOT_TOKEN", "MAX_TOKEN", "ENABLED_API_KEYS"],
  ];
  assertEquals(kept(secret, "word"), []);
});
