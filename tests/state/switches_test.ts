import { assert, assertEquals, assertFalse } from "@std/assert";
import * as fc from "fast-check";
import {
  decideSwitch,
  readSwitches,
  switchNames,
  type SwitchReading,
  switchWarnings,
  typeSwitch,
} from "../../src/state/switches.ts";

function readerOf(
  environment: Readonly<Record<string, string>>,
): (name: string) => SwitchReading {
  const values = new Map(Object.entries(environment));
  return (name) => {
    const value = values.get(name);
    return value === undefined ? { kind: "unset" } : { kind: "set", value };
  };
}

Deno.test("readSwitches() reads every spelling", async (t) => {
  const spellings: readonly (readonly [string, "on" | "off" | "unclear"])[] = [
    ["1", "on"],
    ["true", "on"],
    ["TRUE", "on"],
    [" Yes\n", "on"],
    ["\ton ", "on"],
    ["0", "off"],
    ["false", "off"],
    [" False ", "off"],
    ["NO", "off"],
    ["Off", "off"],
    ["", "unclear"],
    ["   ", "unclear"],
    ["disabled", "unclear"],
    ["enabled", "unclear"],
    ["n", "unclear"],
    ["y", "unclear"],
    ["2", "unclear"],
    ["01", "unclear"],
    ["true false", "unclear"],
    ['"true"', "unclear"],
    ["\u0000", "unclear"],
    ["constructor", "unclear"],
    ["__proto__", "unclear"],
  ];
  for (const [value, kind] of spellings) {
    await t.step(JSON.stringify(value), () => {
      for (
        const name of [
          "SEMANTIK_ENABLE_PLUGINS",
          "SEMANTIK_ENABLE_READER_PLUGINS",
        ]
      ) {
        const switches = readSwitches(readerOf({ [name]: value }), ["reader"]);
        const read = [switches.every, ...switches.byType.values()]
          .find((one) => one.name === name);
        assertEquals(read?.kind, kind);
        assertEquals(read?.warning !== undefined, kind === "unclear");
        assertEquals(decideSwitch(switches, "reader").on, kind === "on");
      }
    });
  }
});

Deno.test("decideSwitch() names the switch that keeps a type out", () => {
  const switches = readSwitches(
    readerOf({ SEMANTIK_ENABLE_READER_PLUGINS: "no" }),
    ["reader", "embedding"],
  );
  assertEquals(decideSwitch(switches, "reader"), {
    on: false,
    name: "SEMANTIK_ENABLE_READER_PLUGINS",
    reason: "SEMANTIK_ENABLE_READER_PLUGINS is off",
  });
  assertEquals(decideSwitch(switches, "embedding"), { on: true });
});

Deno.test("decideSwitch() gives the switch for all plugins precedence", () => {
  const switches = readSwitches(
    readerOf({
      SEMANTIK_ENABLE_PLUGINS: "off",
      SEMANTIK_ENABLE_READER_PLUGINS: "on",
    }),
    ["reader"],
  );
  assertEquals(decideSwitch(switches, "reader"), {
    on: false,
    name: "SEMANTIK_ENABLE_PLUGINS",
    reason: "SEMANTIK_ENABLE_PLUGINS is off",
  });
});

Deno.test("decideSwitch() keeps out a type whose switch was not read", () => {
  const decision = decideSwitch(readSwitches(readerOf({}), []), "reader");
  assertFalse(decision.on);
});

Deno.test("readSwitches() treats an unreadable variable as unset, with one warning", () => {
  const asked: string[] = [];
  const switches = readSwitches((name) => {
    asked.push(name);
    return { kind: "unreadable" };
  }, ["reader", "reader", "embedding"]);
  assert(decideSwitch(switches, "reader").on);
  assertEquals(asked, switchNames(["reader", "embedding"]));
  assertEquals(switchWarnings(switches).map(({ name }) => name), asked);
  assertEquals(
    switchWarnings(switches)[0]?.warning,
    "The switch SEMANTIK_ENABLE_PLUGINS counts as unset: this process may " +
      "not read it, which --allow-env='SEMANTIK_ENABLE_*' would permit",
  );
});

Deno.test("readSwitches() shows an invalid value cut, on one line", () => {
  const switches = readSwitches(
    readerOf({ SEMANTIK_ENABLE_PLUGINS: "\u001b[2J\nsk-0123456789abcdef" }),
    [],
  );
  assertEquals(
    switches.every.warning,
    "The switch SEMANTIK_ENABLE_PLUGINS counts as off: " +
      '"\\u001b[2J\\nsk-0123… (12 more characters)" is neither on nor off; ' +
      "write 1, true, yes or on, or 0, false, no or off",
  );
});

Deno.test("switchNames() returns each variable once", () => {
  assertEquals(switchNames(["reader", "image_embedding", "reader"]), [
    "SEMANTIK_ENABLE_PLUGINS",
    "SEMANTIK_ENABLE_READER_PLUGINS",
    "SEMANTIK_ENABLE_IMAGE_EMBEDDING_PLUGINS",
  ]);
  assertEquals(typeSwitch("a1"), "SEMANTIK_ENABLE_A1_PLUGINS");
});

Deno.test("readSwitches() understands eight words and no other text", () => {
  const words = ["1", "true", "yes", "on"];
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.tuple(
        fc.constantFrom("", " ", "\n"),
        fc.constantFrom(...words, ...words.map((word) => word.toUpperCase())),
        fc.constantFrom("", "\t", "x"),
      ).map((parts) => parts.join("")),
    ),
    (value) => {
      const { every } = readSwitches(
        readerOf({ SEMANTIK_ENABLE_PLUGINS: value }),
        [],
      );
      assertEquals(every.on, words.includes(value.trim().toLowerCase()));
      assertFalse(/\p{Cc}|[\u2028\u2029]/u.test(every.warning ?? ""));
    },
  ));
});
