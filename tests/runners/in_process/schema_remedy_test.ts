import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PluginError, PluginHost } from "@semantik/plugins";
import { createTestHost } from "@semantik/plugins/testing";

const call = () => undefined;

/** The marks of schemas of older versions, which do not follow Standard Schema. */
const OLD: Readonly<Record<string, readonly [unknown, string]>> = {
  "zod 3.22": [
    { _def: { typeName: "ZodObject" }, parse: call, safeParse: call },
    "Use zod 3.24 or newer",
  ],
  "valibot 0.42": [
    { kind: "schema", type: "object", async: false, _run: call },
    "Use valibot 1.0 or newer",
  ],
  "valibot 0.20": [
    { type: "object", async: false, _parse: call },
    "Use valibot 1.0 or newer",
  ],
  "arktype 1": [
    Object.assign(() => ({}), { allows: call, infer: {}, node: {} }),
    "Use ArkType 2.0 or newer",
  ],
  "yup 1.6": [
    { type: "object", __isYupSchema__: true, validate: call },
    "Use yup 1.7 or newer",
  ],
  "joi 17": [
    { type: "object", [Symbol.for("@hapi/joi/schema")]: {}, validate: call },
    "Use joi 18 or newer",
  ],
  "a schema of Effect": [
    Object.assign(class {}, { ast: {}, pipe: call, annotations: call }),
    "Schema.standardSchemaV1(schema)",
  ],
  "superstruct": [
    { type: "object", coercer: call, validator: call, refiner: call },
    "Superstruct has none",
  ],
  "a JSON Schema": [
    { type: "object", properties: { a: { type: "string" } } },
    "A JSON Schema validates nothing by itself",
  ],
  "a JSON Schema without a type": [
    { $ref: "#/definitions/x" },
    "A JSON Schema validates nothing by itself",
  ],
  "a function": [call, "A function is not a schema"],
  "an object": [{}, "https://standardschema.dev"],
  "null": [null, "https://standardschema.dev"],
  "a promise of a schema": [Promise.resolve({}), "https://standardschema.dev"],
};

async function remedyOf(plugin: object): Promise<string | undefined> {
  // A plugin in JavaScript: nothing checked what it is.
  const builtin = {
    manifest: { id: "old", type: "note", version: "1.0.0" },
    plugin: { setup: () => ({}) },
  };
  Reflect.set(builtin, "plugin", plugin);
  await using host = createTestHost({ builtins: [builtin] });
  const { failed } = await host.load();
  assertEquals(failed[0]?.code, "PLUGIN_MODULE_INVALID");
  return failed[0]?.problems[0]?.remedy;
}

Deno.test("PluginHost suggests a schema library for an invalid configSchema", async (t) => {
  for (const [name, [configSchema, remedy]] of Object.entries(OLD)) {
    await t.step(name, async () => {
      const shown = await remedyOf({ setup: () => ({}), configSchema });
      assertStringIncludes(shown ?? "", remedy);
    });
  }
});

Deno.test("PluginHost suggests a schema library for an invalid contract schema", () => {
  for (const name of ["zod 3.22", "yup 1.6", "joi 17", "valibot 0.42"]) {
    const [schema, remedy] = OLD[name] ?? [undefined, ""];
    const options = { name: "app", version: "1.0.0" };
    Reflect.set(options, "contracts", { note: schema });
    const error = assertThrows(() => new PluginHost(options), PluginError);
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assertStringIncludes(error.remedy, remedy);
  }
});

Deno.test("PluginHost names the invalid part of a plugin", async () => {
  assertEquals(
    await remedyOf({ setup: () => ({}), dispose: "x" }),
    "Make it a function, or leave it out",
  );
  assertEquals(
    await remedyOf({ setup: 7 }),
    "Make it a function that returns the plugin's object",
  );
});
