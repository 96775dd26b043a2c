/** Tests which permissions a host asks for again. */

import { assertEquals, assertRejects } from "@std/assert";
import { type Environment, PluginError } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

/** Imitates a process with a person at the terminal, who grants some hosts. */
function answering(yes: readonly string[]) {
  const asked: string[] = [];
  const granted = new Set<string>();
  const { system: powers } = createFakeProcess({});
  return {
    asked,
    powers: {
      ...powers,
      query: ({ host = "" }: { readonly host?: string | undefined }) =>
        ({
          state: granted.has(host) ? "granted" : "prompt",
          partial: false,
        }) as const,
      request({ host = "" }: { readonly host?: string | undefined }) {
        asked.push(host);
        if (yes.includes(host)) granted.add(host);
        const state = granted.has(host) ? "granted" : "denied";
        return { state, partial: false } as const;
      },
    },
  };
}

const needs = (...net: readonly string[]) => ({ permissions: { net } });

Deno.test("PluginHost does not prompt again for a denied or granted permission", async () => {
  const { asked, powers } = answering(["yes.example:443"]);
  await using test = createTestHost({
    permissions: "prompt",
    powers,
    builtins: [
      builtin("a", {}, needs("no.example:443", "yes.example:443")),
      builtin("b", {}, needs("no.example:443")),
      builtin("c", {}, needs("yes.example:443")),
    ],
  });
  const { host } = test;
  const { loaded, refused } = await host.load();
  assertEquals(loaded.map(({ id }) => id), ["c"]);
  assertEquals(refused.map(({ id, code }) => [id, code]), [
    ["a", "PLUGIN_PERMISSION_MISSING"],
    ["b", "PLUGIN_PERMISSION_MISSING"],
  ]);
  for (const id of ["a", "b"]) {
    const error = await assertRejects(() => host.enable(id), PluginError);
    assertEquals(error.code, "PLUGIN_PERMISSION_MISSING");
  }
  await host.disable("c");
  await host.enable("c");
  assertEquals(asked, ["no.example:443", "yes.example:443"]);
});

/** An environment whose variables change, and which counts how often all are read. */
function changing(record: Record<string, string>) {
  let reads = 0;
  const now = () => recordEnvironment({ ...record });
  const environment: Environment = {
    get: (name) => now().get(name),
    supplies: (name) => now().supplies(name),
    permits: (name) => now().permits(name),
    toRecord() {
      reads++;
      return now().toRecord();
    },
  };
  return { environment, reads: () => reads };
}

Deno.test("PluginHost reads environment variables once per load and per change", async () => {
  const variables = { MODEL: "small", SERVICE_PASSWORD: "first-horse" };
  const { environment, reads } = changing(variables);
  const seen: unknown[] = [];
  const note = (id: string) => ({
    setup: ({ env, config }: { env: unknown; config: unknown }) => {
      const { MODEL, SERVICE_PASSWORD } = Object(env);
      const { password } = Object(config);
      seen.push([id, MODEL, SERVICE_PASSWORD, password]);
      return {};
    },
  });
  const declared = { permissions: { env: ["SERVICE_PASSWORD"] } };
  await using test = createTestHost({
    environment,
    config: { a: { password_env: "SERVICE_PASSWORD" } },
    builtins: [
      builtin("a", note("a"), declared),
      builtin("b", note("b"), declared),
    ],
  });
  const { host } = test;
  await host.load();
  assertEquals(reads(), 1);
  assertEquals(seen.splice(0), [
    ["a", "small", "first-horse", "first-horse"],
    ["b", "small", "first-horse", undefined],
  ]);

  variables.MODEL = "large";
  variables.SERVICE_PASSWORD = "second-horse";
  await host.disable("a");
  await host.enable("a");
  assertEquals(seen.splice(0), [
    ["a", "large", "second-horse", "second-horse"],
  ]);

  variables.MODEL = "huge";
  variables.SERVICE_PASSWORD = "third-horse";
  await host.configure("a", { password_env: "SERVICE_PASSWORD", x: 1 });
  assertEquals(seen.splice(0), [["a", "huge", "third-horse", "third-horse"]]);
});
