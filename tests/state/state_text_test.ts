import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as fc from "fast-check";
import { formatState, parseState } from "../../src/state/state_text.ts";
import { corruptTexts } from "./corrupt_texts.ts";
import { pluginStates } from "./plugin_states.ts";

Deno.test("parseState() refuses a text that is not valid as a whole", async (t) => {
  for (const [name, text, what] of corruptTexts) {
    await t.step(name, () => {
      const parsed = parseState(text);
      assertFalse(parsed.ok);
      assertEquals(parsed.fault.what, what);
      assertFalse(parsed.fault.what.includes("hunter2"));
    });
  }
});

Deno.test("parseState() reads a text that was written by hand", () => {
  const parsed = parseState(
    '{"plugins":{"b":{},"constructor":{"enabled":false},"1":{"config":' +
      '{"api_key_env":"KEY"},"consent":{"permissions":{"net":["a.b:443"],' +
      '"read":true},"source":"/1","at":"2026-01-02T03:04:05.000Z"}},' +
      '"*":{"revoked":{"net":["a.b"]}}},' +
      '"revision":7,"schema":1}\r\n',
  );
  assert(parsed.ok);
  assertEquals(parsed.snapshot.revision, 7);
  assertEquals([...parsed.snapshot.plugins], [
    ["*", { revoked: { net: ["a.b"] } }],
    ["1", {
      config: { api_key_env: "KEY" },
      consent: {
        permissions: { net: ["a.b:443"], read: true },
        source: "/1",
        at: "2026-01-02T03:04:05.000Z",
      },
    }],
    ["constructor", { enabled: false }],
  ]);
});

Deno.test("parseState() returns a deeply frozen state", () => {
  const parsed = parseState(
    '{"schema":1,"revision":1,"plugins":{"a":{"enabled":false,"config":' +
      '{"list":[1]},"revoked":{"net":["x"]},"consent":{"permissions":' +
      '{"net":["x"]},"source":"/a","at":"2026-01-02T03:04:05.000Z"}}}}',
  );
  assert(parsed.ok);
  const state = parsed.snapshot.plugins.get("a");
  assert(state);
  for (
    const part of [
      parsed.snapshot,
      state,
      state.config,
      state.config?.list,
      state.consent,
      state.consent?.permissions,
      state.consent?.permissions.net,
      state.revoked,
      state.revoked?.net,
    ]
  ) {
    assert(Object.isFrozen(part));
  }
  assertThrows(() => Object.assign(state, { enabled: true }), TypeError);
});

Deno.test("parseState() reports a newer version before any other fault", () => {
  const parsed = parseState('{"schema":2,"anything":{"enabled":1}}');
  assertFalse(parsed.ok);
  assertStringIncludes(parsed.fault.remedy, "or a newer one");
});

Deno.test("parseState() reads the output of formatState()", () => {
  fc.assert(fc.property(
    fc.nat(),
    pluginStates(),
    (revision, plugins) => {
      const text = formatState({ revision, plugins });
      const parsed = parseState(text);
      assert(parsed.ok);
      assertEquals(parsed.snapshot.revision, revision);
      assertEquals(
        parsed.snapshot.plugins,
        new Map(
          [...plugins].filter(([, state]) => Object.keys(state).length > 0),
        ),
      );
    },
  ));
});

Deno.test("parseState() never accepts a part of a text", () => {
  fc.assert(fc.property(pluginStates(), fc.nat(), (plugins, at) => {
    const text = formatState({ revision: 1, plugins }).trimEnd();
    assertFalse(parseState(text.slice(0, at % text.length)).ok);
    assertFalse(parseState(text + text).ok);
  }));
});

Deno.test("parseState() never throws", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.record({
        schema: fc.constant(1),
        revision: fc.oneof(fc.nat(), fc.jsonValue()),
        plugins: fc.oneof(
          fc.dictionary(fc.string(), fc.jsonValue()),
          fc.jsonValue(),
        ),
      }).map((value) => JSON.stringify(value)),
    ),
    (text) => {
      const parsed = parseState(text);
      if (!parsed.ok) assertFalse(/\p{Cc}/u.test(parsed.fault.what));
    },
  ));
});
