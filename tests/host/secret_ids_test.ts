import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import {
  contract,
  type Contracts,
  PluginError,
  type PluginHost,
} from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { MemoryStateStore } from "@semantik/plugins/state";
import type { Plugin } from "@semantik/plugins/plugin";
import { builtin, type ManifestParts, requires } from "./builtin.ts";
import { createTestHost, type TestOptions } from "./test_host.ts";

// Ids that read like the names of secrets: what the host says of them is whole.
const IDS = `
  token-counter api-key-rotator jwt-tools password-store secret-scanner auth
  oauth-login basic-auth session-cookie cookie-jar credentials vault-token
  access-token refresh-token ssh-key signing-key private-key license-key
  dsn-parser webhook slack-webhook otp totp pin-pad sms-otp passphrase psk
  salt pepper bearer csrf db-password connection-string signed-url mnemonic
  seed-phrase access-code github-pat smtp-pass openaiapikey
`.trim().split(/\s+/);

const REASON = "cannot reach the database";
const SECRET = "hunter2hunter2";

function fail(): never {
  throw new Error(`${REASON} with password=${SECRET}`);
}

/** Something that goes wrong with a plugin, and words of what is said of it. */
interface Case {
  readonly says: string;
  readonly plugin?: Partial<Plugin>;
  readonly manifest?: (id: string) => ManifestParts;
  readonly options?: (id: string) => TestOptions<Contracts>;
  readonly act?: (host: PluginHost<Contracts>, id: string) => unknown;
}

const CASES: Readonly<Record<string, Case>> = {
  "setup throws": { says: REASON, plugin: { setup: fail } },
  "setup returns nothing": {
    says: "its setup did not return an object",
    plugin: { setup: () => JSON.parse("1") },
  },
  "setup does not settle": {
    says: "it did not settle within 5 ms",
    plugin: { setup: () => new Promise<never>(() => {}) },
    options: () => ({ timeouts: { setup: 5 } }),
  },
  "its api lacks a method": {
    says: 'it has no method \\"embed\\"',
    options: (id) => ({
      contracts: { thing: contract<{ embed(): void }>("embed") },
      builtins: [builtin(id)],
    }),
  },
  "a permission is missing": {
    says: "permission run to",
    manifest: (id) => ({ permissions: { run: [id] } }),
  },
  "a host of the network is not granted": {
    says: ":8080",
    manifest: (id) => ({
      permissions: {
        net: ["a.example:1", `${id}:8080`, `${id}.example.com:443`],
        import: [`${id}:443`],
      },
    }),
  },
  "what is missing is only recorded": {
    says: "plugin.permission.missing",
    options: (id) => ({
      permissions: "report",
      builtins: [
        builtin(id, {}, { permissions: { net: [`${id}:8080`] } }),
      ],
    }),
  },
  "this host is too old": {
    says: ">=9.0.0",
    manifest: () => ({ host: ">=9.0.0" }),
  },
  "its configuration holds a raw secret": {
    says: "api_key is a secret by its key and is written in plain text",
    act: (host, id) => host.configure(id, { api_key: SECRET }),
  },
  "its configuration names an undeclared variable": {
    says: 'api_key_env names \\"OTHER_TOKEN\\", which the manifest does not',
    act: (host, id) => host.configure(id, { api_key_env: "OTHER_TOKEN" }),
  },
  "its configuration sets a key twice": {
    says: "api_key is given twice, by its value and by api_key_env",
    manifest: () => ({ permissions: { env: ["OTHER_TOKEN"] } }),
    act: (host, id) =>
      host.configure(id, { api_key: "", api_key_env: "OTHER_TOKEN" }),
  },
  "its configuration is refused": {
    says: REASON,
    plugin: {
      configSchema: {
        "~standard": { version: 1, vendor: "test", validate: fail },
      },
    },
    act: (host, id) => host.configure(id, { depth: 1 }),
  },
  "it cannot be configured": {
    says: REASON,
    plugin: { reconfigure: fail },
    act: (host, id) => host.configure(id, { depth: 1 }),
  },
  "a dependency is missing": {
    says: "^1.0.0",
    options: (id) => ({
      builtins: [builtin("top", {}, requires(`${id}@^1.0.0`))],
    }),
  },
  "a dependency has another version": {
    says: "^2.0.0",
    options: (id) => ({
      builtins: [builtin(id), builtin("top", {}, requires(`${id}@^2.0.0`))],
    }),
  },
  "a dependency failed": {
    says: "PLUGIN_DEPENDENCY_FAILED",
    options: (id) => ({
      builtins: [
        builtin(id, { setup: fail }),
        builtin("top", {}, requires(id)),
      ],
    }),
  },
  "plugins require each other": {
    says: "PLUGIN_DEPENDENCY_CYCLE",
    options: (id) => ({
      builtins: [
        builtin(id, {}, requires("top")),
        builtin("top", {}, requires(id)),
      ],
    }),
  },
  "two plugins have its id": {
    says: "has this id",
    options: (id) => ({ builtins: [builtin(id), builtin(id)] }),
  },
  "it requires what is to be disabled": {
    says: "live plugins require it",
    options: (id) => ({
      builtins: [builtin("base"), builtin(id, {}, requires("base"))],
    }),
    act: (host) => host.disable("base"),
  },
  "it is disabled and required": {
    says: "PLUGIN_DEPENDENCY_DISABLED",
    options: (id) => ({
      builtins: [builtin(id), builtin("top", {}, requires(id))],
    }),
    act: async (host, id) => {
      await host.disable(id, { dependents: "disable" });
      await host.enable("top");
    },
  },
  "its health check throws": {
    says: REASON,
    plugin: { healthCheck: fail },
    act: (host) => host.health(),
  },
  "its dispose throws": {
    says: REASON,
    plugin: { dispose: fail },
    act: (host, id) => host.disable(id),
  },
  "it is used and not required": {
    says: "the manifest does not require it",
    options: (id) => ({
      builtins: [
        builtin(id),
        builtin("top", { setup: ({ use }) => ({ it: use(id) }) }),
      ],
    }),
  },
  "it is unknown": {
    says: "no source contains it",
    options: () => ({ builtins: [] }),
    act: (host, id) => host.enable(id),
  },
  "its source cannot be read": {
    says: "Cannot read source",
    options: (id) => ({ builtins: [], sources: [`./no-such-folder/${id}`] }),
  },
};

/** All that a host says in one case: reports, thrown errors, and the trail. */
async function tell(id: string, given: Case): Promise<string> {
  const said: unknown[] = [];
  const test = createTestHost<Contracts>({
    environment: recordEnvironment({ OTHER_TOKEN: "x" }),
    builtins: [builtin(id, given.plugin, given.manifest?.(id))],
    state: new MemoryStateStore(),
    ...given.options?.(id),
  });
  async function attempt(run: () => unknown): Promise<void> {
    try {
      said.push(await run());
    } catch (thrown) {
      assert(thrown instanceof PluginError, Deno.inspect(thrown));
      said.push(thrown.problems);
    }
  }
  await attempt(() => test.host.load());
  if (given.act !== undefined) await attempt(() => given.act?.(test.host, id));
  await attempt(() => test.host[Symbol.asyncDispose]());
  return JSON.stringify([said, test.events()]);
}

Deno.test("PluginHost does not mask its own words about an id that looks like a secret", async (t) => {
  for (const [name, given] of Object.entries(CASES)) {
    await t.step(name, async () => {
      for (const id of IDS) {
        const text = await tell(id, given);
        assertStringIncludes(text, given.says, id);
        // What a plugin throws is masked all the same.
        assertFalse(text.includes(SECRET), id);
        const rest = text.replaceAll("password=[REDACTED]", "");
        const at = rest.indexOf("[REDACTED]");
        assertEquals(at, -1, `${id}: ${rest.slice(Math.max(0, at - 99), at)}`);
      }
    });
  }
});

Deno.test("PluginHost masks secrets in events that an application records", async () => {
  const ids = IDS.filter((id) => id.includes("-"));
  await using test = createTestHost({
    builtins: ids.map((id) => builtin(id)),
  });
  await test.host.load();
  const entries = [...ids, "cloud-password"].map((id) => [id, { runs: 3 }]);
  test.host.audit.log("app", "app.plugins", {
    plugins: Object.fromEntries(entries),
    "api-key": { deep: SECRET },
    "ssh-key": SECRET,
    "jwt-tools": { password: SECRET, text: `password=${SECRET}` },
  });
  const { timestamp: _, ...event } = test.events().at(-1) ?? {};
  assertEquals(event, {
    level: "info",
    plugin_id: "app",
    action: "app.plugins",
    plugins: {
      ...Object.fromEntries(ids.map((id) => [id, { runs: 3 }])),
      "cloud-password": "[REDACTED]",
    },
    "api-key": "[REDACTED]",
    "ssh-key": "[REDACTED]",
    "jwt-tools": { password: "[REDACTED]", text: "password=[REDACTED]" },
  });
});
