import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { z } from "zod";
import { PluginError } from "@semantik/plugins";
import { readPluginParts } from "../../src/runners/plugin_calls.ts";

function messageOf(exported: unknown): string {
  const error = assertThrows(() => readPluginParts(exported), PluginError);
  assertEquals(error.code, "PLUGIN_MODULE_INVALID");
  assert(error.remedy !== "");
  return error.message;
}

function schema(validate: unknown) {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

Deno.test("readPluginParts() binds the methods of a plugin to it", () => {
  class Mine {
    #name = "mine";
    setup() {
      return { name: this.#name };
    }
    dispose() {
      return this.#name;
    }
  }
  const parts = readPluginParts(new Mine());
  assertEquals(Reflect.apply(parts.setup, undefined, [{}]), { name: "mine" });
  assertEquals(parts.dispose?.(), "mine");
  assertEquals(parts.validate, undefined);
  assertEquals(parts.reconfigure, undefined);
  assertEquals(parts.healthCheck, undefined);
});

Deno.test("readPluginParts() explains why a value is not a plugin", async (t) => {
  const setup = () => ({});
  const table: readonly (readonly [unknown, string])[] = [
    [undefined, "its default export is not a plugin"],
    [null, "its default export is not a plugin"],
    ["text", "its default export is not a plugin"],
    [setup, "its default export is not a plugin"],
    [{}, 'it has no "setup"'],
    [[], 'it has no "setup"'],
    [{ setup: 1 }, 'its "setup" is not a function'],
    [{ setup: null }, 'its "setup" is not a function'],
    [{ setup, dispose: "x" }, 'its "dispose" is not a function'],
    [{ setup, healthCheck: null }, 'its "healthCheck" is not a function'],
    [{ setup, reconfigure: {} }, 'its "reconfigure" is not a function'],
    [
      { setup, configSchema: null },
      'its "configSchema" is not a Standard Schema',
    ],
    [
      { setup, configSchema: {} },
      'its "configSchema" is not a Standard Schema',
    ],
    [
      { setup, configSchema: { "~standard": {} } },
      'its "configSchema" is not a Standard Schema',
    ],
    [{ setup, configSchema: schema("x") }, 'its "validate" is not a function'],
  ];
  for (const [exported, message] of table) {
    await t.step(message, () => assertEquals(messageOf(exported), message));
  }
});

Deno.test("readPluginParts() reads each part once", () => {
  let looks = 0;
  const parts = readPluginParts({
    get setup() {
      return looks++ === 0 ? () => ({ first: true }) : undefined;
    },
  });
  assertEquals(Reflect.apply(parts.setup, undefined, [{}]), { first: true });
});

Deno.test("readPluginParts() validates with the schemas of any library", async () => {
  const setup = () => ({});
  const { validate } = readPluginParts({
    setup,
    configSchema: z.object({ n: z.coerce.number() }),
  });
  assert(validate !== undefined);
  assertEquals(await validate({ n: "5" }), { value: { n: 5 } });
  const bad = await validate({ n: "five" });
  assertEquals(bad.issues?.[0]?.path, ["n"]);
  const asynchronous = readPluginParts({
    setup,
    // Some libraries make their schemas functions.
    configSchema: Object.assign(
      () => {},
      schema(() => Promise.resolve({ value: 1 })),
    ),
  });
  assertEquals(await asynchronous.validate?.(0), { value: 1 });
});

Deno.test("readPluginParts() refuses the results of an invalid schema", async () => {
  for (const answer of [undefined, null, {}, { issues: true }, "ok"]) {
    const { validate } = readPluginParts({
      setup: () => ({}),
      configSchema: schema(() => answer),
    });
    const error = await assertRejects(
      async () => await validate?.({}),
      PluginError,
    );
    assertEquals(
      error.message,
      'its "configSchema" did not return a result of a Standard Schema',
    );
  }
});
