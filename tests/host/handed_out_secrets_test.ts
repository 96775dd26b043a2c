import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError, recordEnvironment } from "@semantik/plugins";
import type { Plugin } from "@semantik/plugins/plugin";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const NAME = "SERVICE_PASSWORD";

// Nothing of these looks like a secret: that they were handed out is all that tells.
const SECRETS: Readonly<Record<string, string>> = {
  "a word": "correct-horse",
  "with signs": "a+b$c(d)[e]{f}^g|h\\i/j.k*",
  "one within a word": "horse",
};

/** What is told of a plugin that lets its secret out somewhere. */
async function tellAll(
  secret: string,
  leak: (shown: () => string) => Partial<Plugin>,
): Promise<string> {
  let found = "";
  const told: unknown[] = [];
  const test = createTestHost({
    environment: recordEnvironment({ [NAME]: secret }),
    config: { a: { password_env: NAME } },
    builtins: [builtin("a", {
      configSchema: {
        "~standard": {
          version: 1,
          vendor: "test",
          validate(value: unknown) {
            found = String(Reflect.get(Object(value), "password"));
            return { value };
          },
        },
      },
      ...leak(() => found),
    }, { permissions: { env: [NAME] } })],
  });
  const { host } = test;
  host.events.addEventListener(
    "statuschange",
    ({ detail }) => told.push(detail),
  );
  host.events.addEventListener(
    "healthchange",
    ({ detail }) => told.push(detail),
  );
  told.push(await host.load());
  if (host.get("a") !== undefined) {
    told.push(await host.health("a"));
    const error = await host.configure("a", { password_env: NAME, x: 1 })
      .catch((thrown) => thrown);
    told.push(error.message ?? "", error.problems ?? "");
  }
  const error = await host[Symbol.asyncDispose]().catch((thrown) => thrown);
  told.push(error?.message ?? "", error?.problems ?? "");
  assertEquals(found, secret, "the plugin was handed its secret");
  return JSON.stringify([told, test.events(), test.logged]);
}

const LEAKS: Readonly<
  Record<string, (shown: () => string) => Partial<Plugin>>
> = {
  "an error of setup": (shown) => ({
    setup() {
      throw new Error(`cannot log in with ${shown()}!`);
    },
  }),
  "a text thrown in setup": (shown) => ({
    setup() {
      throw shown();
    },
  }),
  "a crash": (shown) => ({
    setup() {
      Promise.reject(new Error(`cannot log in with ${shown()}!`));
      return {};
    },
  }),
  "the log": (shown) => ({
    setup({ log }) {
      log.info(`logging in with ${shown()}!`);
      return {};
    },
  }),
  "the trail": (shown) => ({
    setup({ audit }) {
      audit(`login ${shown()}`, { why: `logging in with ${shown()}!` });
      return {};
    },
  }),
  "a health message": (shown) => ({
    healthCheck: () => ({ status: "degraded", message: `with ${shown()}!` }),
  }),
  "an error of healthCheck": (shown) => ({
    healthCheck() {
      throw new Error(`cannot log in with ${shown()}!`);
    },
  }),
  "an error of reconfigure": (shown) => ({
    reconfigure() {
      throw new Error(`cannot log in with ${shown()}!`);
    },
  }),
  "an error of dispose": (shown) => ({
    dispose() {
      throw new Error(`cannot log out with ${shown()}!`);
    },
  }),
};

Deno.test("PluginHost keeps what it handed to a plugin out of everything that it tells", async (t) => {
  for (const [where, leak] of Object.entries(LEAKS)) {
    for (const [what, secret] of Object.entries(SECRETS)) {
      await t.step(`${what} in ${where}`, async () => {
        const told = await tellAll(secret, leak);
        const shown = JSON.stringify(secret).slice(1, -1);
        assert(!told.includes(shown), `"${shown}" in ${told}`);
        assert(told.length > 100);
      });
    }
  }
});

Deno.test("PluginHost keeps a schema's own words free of what was resolved", async () => {
  const secret = "correct-horse";
  await using test = createTestHost({
    environment: recordEnvironment({ [NAME]: secret }),
    builtins: [builtin("a", {
      configSchema: {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: (value: unknown) =>
            JSON.stringify(value).includes(secret)
              ? { issues: [{ message: `${secret} is too short` }] }
              : { value },
        },
      },
    }, { permissions: { env: [NAME] } })],
  });
  await test.host.load();
  const error = await assertRejects(
    () => test.host.configure("a", { password_env: NAME }),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_CONFIG_INVALID");
  assert(!JSON.stringify([error.message, error.problems]).includes(secret));
  assert(error.message.includes("[REDACTED] is too short"), error.message);
});

Deno.test("PluginHost masks a secret whose key alone says that it is one", async () => {
  await using test = createTestHost({
    builtins: [{
      manifest: {
        id: "a",
        type: "t",
        version: "1.0.0",
        permissions: { env: ["ACME"] },
      },
      plugin: {
        setup({ config }) {
          throw new Error(`refused: ${JSON.stringify(config)}`);
        },
      },
    }],
    config: { a: { api_key_env: "ACME" } },
    environment: recordEnvironment({ ACME: "plain-looking" }),
  });
  const { failed } = await test.host.load();
  assertEquals(failed.length, 1);
  assertEquals(JSON.stringify(failed).includes("plain-looking"), false);
  assertEquals(JSON.stringify(test.events()).includes("plain-looking"), false);
});
