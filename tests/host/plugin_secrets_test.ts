import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import type { Plugin } from "@semantik/plugins/plugin";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const NAME = "SERVICE_PASSWORD";

// None of these looks like a secret: only the configuration shows that they are.
const SECRETS: Readonly<Record<string, string>> = {
  "a word": "correct-horse",
  "with signs": "a+b$c(d)[e]{f}^g|h\\i/j.k*",
  "one within a word": "horse",
};

/** A secret of which other masks know a part, and what of it must not be told. */
interface PartlyKnown {
  readonly secret: string;
  readonly parts: readonly string[];
}

const PARTLY_KNOWN: Readonly<Record<string, PartlyKnown>> = {
  "an address with an odd password": {
    secret: "postgres://app:s3cr@et/w:rd@db.example.com/shop",
    parts: ["s3cr", "et/w", "w:rd"],
  },
  "an address with an encoded password": {
    secret: "postgres://app:s3cr%40et%2Fword@db.example.com/shop",
    parts: ["s3cr", "word"],
  },
  "a token with a tail": {
    secret: "glpat-abcdefghij0123456789!tail-of-it",
    parts: ["glpat", "tail-of-it"],
  },
  "JSON of which one field is telling": {
    secret: '{"user":"robot-7f3a","password":"hunter2-hunter2"}',
    parts: ["robot-7f3a", "hunter2"],
  },
  "a key of several lines": {
    secret:
      "-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----",
    parts: ["MIIEvQIBADAN", "BgkqhkiG9w0B"],
  },
  "one longer than any cut": {
    secret: `cAnA${"ry7f3a9b".repeat(4_000)}`,
    parts: ["cAnA", "ry7f3a9b"],
  },
};

/** Collects everything that is reported about a plugin that leaks its secret. */
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

Deno.test("PluginHost masks a plugin's secrets in everything that it reports", async (t) => {
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

Deno.test("PluginHost masks a whole secret even if other masks match a part", async (t) => {
  const forms: Readonly<Record<string, (secret: string) => string>> = {
    "as it is": (secret) => secret,
    encoded: (secret) =>
      [
        JSON.stringify(secret),
        encodeURIComponent(secret),
        btoa(`user:${secret}`),
        ...secret.split("\n"),
      ].join(" "),
    "without what is around the password": (secret) => {
      const { password } = URL.parse(secret) ?? { password: "" };
      return `${password} ${decodeURIComponent(password)}`;
    },
  };
  for (const [what, { secret, parts }] of Object.entries(PARTLY_KNOWN)) {
    for (const [form, write] of Object.entries(forms)) {
      const told: string[] = [];
      for (const leak of Object.values(LEAKS)) {
        told.push(await tellAll(secret, (shown) => leak(() => write(shown()))));
      }
      await t.step(`${what}, ${form}`, () => {
        for (const part of parts) {
          const found = told.find((one) => one.includes(part));
          assert(found === undefined, `"${part}" in ${found?.slice(0, 2_000)}`);
        }
      });
    }
  }
});

Deno.test("PluginHost shows no part of a secret in a message that is cut", async () => {
  const secret = "cAnArY-7f3a9b2c5d8e";
  for (const length of [190, 195, 490, 495, 1_015, 1_990, 1_995, 24_570]) {
    const before = "x".repeat(length);
    for (const [where, leak] of Object.entries(LEAKS)) {
      const told = await tellAll(
        secret,
        (shown) => leak(() => `${before}${shown()}${before}`),
      );
      assert(!told.includes("cAnA"), `${where} at ${length}`);
    }
  }
});

Deno.test("PluginHost masks a secret that was logged before it was known", async () => {
  const secret = "correct-horse";
  await using test = createTestHost({
    environment: recordEnvironment({ [NAME]: secret }),
    builtins: [
      builtin("a", {
        setup({ audit }) {
          audit(secret, { [secret]: 1 });
          return { again: () => audit(secret, { [secret]: 1 }) };
        },
      }),
      builtin("b", {}, {
        permissions: { env: [NAME] },
        requires: [{ id: "a", version: "*" }],
      }),
    ],
  });
  await test.host.load();
  const a = test.host.get("a");
  Reflect.apply(Reflect.get(Object(a), "again"), a, []);
  const event = test.events().at(-1);
  assertEquals([event?.action, event?.["[REDACTED]"]], ["[REDACTED]", 1]);
});

Deno.test("PluginHost masks a raw secret of a configuration, and a refused path that contains it", async () => {
  const secret = "correct-horse";
  await using test = createTestHost({
    allowRawSecrets: true,
    config: { a: { servers: [{ password: secret }] } },
    builtins: [builtin("a", {
      async setup({ config }) {
        const [{ password }] = Reflect.get(Object(config), "servers");
        await Deno.readTextFile(`/nowhere/${password}`);
        return {};
      },
    }, { permissions: { read: ["/nowhere"] } })],
    permissions: "report",
  });
  const told = JSON.stringify([await test.host.load(), test.events()]);
  assert(told.includes("/nowhere/[REDACTED]"), told);
  assert(!told.includes(secret), told);
});

Deno.test("PluginHost masks resolved secrets in messages of a schema", async () => {
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

Deno.test("PluginHost masks a secret that only its key reveals", async () => {
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
