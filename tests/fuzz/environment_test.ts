import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import {
  explainEnvironment,
  getSanitizedEnvironment,
  layerEnvironments,
  recordEnvironment,
  resolveConfigReferences,
} from "@semantik/plugins/environment";
import { parseDotenv } from "../../src/environment/parse_dotenv.ts";
import { readPluginEnvironments } from "../../src/environment/sanitized_environment.ts";

const numRuns = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 200);

// In every value that is planted, and in nothing else.
const CANARY = "canary";

const name = fc.oneof(
  fc.constantFrom(
    ..."HOME PATH API_KEY DB_PASS MONKEY A B C lower __proto__ toString get"
      .split(" "),
    "",
    "A=B",
    "ſecret",
  ),
  fc.stringMatching(/^[A-Z_]{1,12}$/),
  fc.string({ unit: "binary", maxLength: 8 }).filter((text) =>
    !text.includes(CANARY)
  ),
);
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", "postgres://u:p@h/d", "ghp_abcdefgh12345678", "$A"),
).map((text) => `${CANARY}${text}`);
const record = fc.dictionary(name, value, { maxKeys: 12 });

/** A value as a configuration may hold it, with what it should not hold. */
const config: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  key: fc.oneof(
    name,
    fc.constantFrom("api_key", "password", "url", "model", "x", "y"),
  ).chain((key) => fc.constantFrom(key, key, `${key}_env`)),
  leaf: fc.oneof(
    value,
    fc.constantFrom("A", "B", "API_KEY", "HOME", "lower", "NOT_DECLARED"),
    fc.constantFrom<unknown>(null, undefined, true, 1, 5_000, 1n, new Date(0)),
    fc.constantFrom<unknown>(new Map([["a_env", "A"]]), Symbol.iterator),
  ),
  object: fc.array(
    fc.tuple(tie("key"), tie("node")),
    { maxLength: 5 },
  ).map((entries) =>
    Object.fromEntries(
      entries.filter((entry): entry is [string, unknown] =>
        typeof entry[0] === "string"
      ),
    )
  ),
  node: fc.oneof(
    { depthSize: "small" },
    tie("leaf"),
    tie("object"),
    fc.array(tie("node"), { maxLength: 4 }),
  ),
})).node;

/** Checks that no form of the secret is left. */
function assertNoCanary(shown: unknown): void {
  const text = Deno.inspect(shown, { depth: 20, strAbbreviateSize: 1e6 });
  assertFalse(text.includes(CANARY), text);
}

Deno.test("getSanitizedEnvironment() keeps a part of what is there, as it is", () => {
  fc.assert(
    fc.property(
      record,
      fc.array(name, { maxLength: 3 }),
      fc.array(name, { maxLength: 2 }),
      fc.constantFrom("substring" as const, "word" as const),
      (record, names, deny, matching) => {
        const options = { source: record, names, deny, matching };
        const env = getSanitizedEnvironment(options);
        assertEquals(Object.getPrototypeOf(env), Object.prototype);
        for (const [name, value] of Object.entries(env)) {
          assertEquals(record[name], value);
        }
        assertEquals(
          getSanitizedEnvironment({
            ...options,
            source: layerEnvironments(recordEnvironment(record)),
          }),
          env,
        );
        const explained = explainEnvironment(options);
        assertNoCanary(explained);
        assertEquals(
          explained.filter(({ status }) => status === "kept").length,
          Object.keys(env).length,
        );
        const plugin = readPluginEnvironments(options)(names);
        for (const name of names.filter((one) => !one.endsWith("*"))) {
          const wanted = Object.hasOwn(record, name) ? record[name] : undefined;
          const found = Object.hasOwn(plugin, name) ? plugin[name] : undefined;
          assertEquals(found, wanted);
        }
      },
    ),
    { numRuns },
  );
});

Deno.test("resolveConfigReferences() never throws, and tells no value", () => {
  fc.assert(
    fc.property(
      config,
      record,
      fc.oneof(fc.constant(true as const), fc.array(name, { maxLength: 4 })),
      fc.boolean(),
      (config, record, declared, allowRawSecrets) => {
        const environment = recordEnvironment(record);
        const before = Deno.inspect(config, { depth: 20 });
        const result = resolveConfigReferences(config, {
          environment,
          declared,
          allowRawSecrets,
        });
        assertEquals(Deno.inspect(config, { depth: 20 }), before);
        if (!result.ok) {
          assertNoCanary(result.problems);
          return;
        }
        assertNoCanary([result.references, result.unset, result.notices]);
        for (const found of [...result.references, ...result.unset]) {
          assert("variable" in found);
          assert(declared === true || declared.includes(found.variable));
        }
      },
    ),
    { numRuns },
  );
});

// A file with a NUL is refused before its lines are read.
function withoutNul(text: string): string {
  return text.replaceAll("\0", "");
}

Deno.test("parseDotenv() reads any text in time, and tells no value", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ..."A=|B=|C=|$A|$B|${C}|${A:-|}|\n|\r\n|'|\"|\\|#|export |=|`|\ue000|;"
        .split("|"),
      ` ${CANARY}! `,
      // No part of a name, which may be shown.
      `!${CANARY}!`,
    ),
    fc.string({ unit: "binary", maxLength: 6 }).map(withoutNul),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const { variables, faults, notices } = parseDotenv(
        pieces.join(""),
        () => undefined,
      );
      // A name is shown; the canary is in a value, or on a line that sets nothing.
      assertNoCanary(
        [...faults, ...notices].map(({ text, remedy }) => [text, remedy]),
      );
      for (const name of variables.keys()) {
        assert(/^[\p{L}\p{N}_.-]+$/u.test(name), name);
      }
    }),
    { numRuns },
  );
});

Deno.test("parseDotenv() reads back what was written in quotes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary", maxLength: 20 }), { maxLength: 6 }),
      (values) => {
        // Newlines at the ends of a value are for the eye, and all are one kind.
        const plain = values.map((value) =>
          withoutNul(value).replaceAll("'", "").replaceAll(/\r\n?/g, "\n")
            .replaceAll(/^\n+|\n+$/g, "")
        );
        const text = plain.map((value, at) => `V${at}='${value}'`).join("\n");
        const { variables, faults, notices } = parseDotenv(
          text,
          () => undefined,
        );
        assertEquals([faults, notices], [[], []]);
        assertEquals([...variables.values()], plain);
      },
    ),
    { numRuns },
  );
});
