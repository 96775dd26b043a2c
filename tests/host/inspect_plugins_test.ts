import { assertEquals, assertMatch } from "@std/assert";
import { definePlugin } from "@semantik/plugins";
import type { Builtin, HostInspection } from "@semantik/plugins";
import { createTestHost } from "@semantik/plugins/testing";

function builtin(
  id: string,
  plugin: Partial<Builtin["plugin"]> = {},
  manifest: Partial<Builtin["manifest"]> = {},
): Builtin {
  return {
    manifest: { id, type: "thing", version: "1.0.0", ...manifest },
    plugin: definePlugin({ setup: () => ({}), ...plugin }),
  };
}

function findIn(plugins: HostInspection["plugins"], id: string) {
  const found = plugins.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

Deno.test("inspect() describes plugins in every status, before and after a load", async () => {
  await using host = createTestHost({
    name: "example",
    version: "1.2.0",
    grants: {},
    builtins: [
      builtin("good", { healthCheck: () => "odd" }, {
        description: "Does good",
      }),
      builtin("bad", {
        setup() {
          throw new Error("on purpose");
        },
      }),
      builtin("wants", {}, {
        permissions: { run: ["sh"], net: ["a.example:443"] },
        optionalPermissions: { env: ["LEVEL"] },
      }),
      builtin("off"),
    ],
  });
  const before = await host.inspect();
  assertEquals([before.name, before.version], ["example", "1.2.0"]);
  assertEquals(before.plugins.map(({ id, status }) => [id, status]), [
    ["good", "idle"],
    ["bad", "idle"],
    ["wants", "refused"],
    ["off", "idle"],
  ]);
  await host.load();
  await host.disable("off");
  await host.health();
  const { permissions, plugins } = await host.inspect();
  const good = findIn(plugins, "good");
  assertEquals([good.status, good.health?.status], ["live", "unknown"]);
  assertMatch(good.since ?? "", /^\d{4}-.*Z$/);
  assertEquals(good.manifest?.description, "Does good");
  const bad = findIn(plugins, "bad");
  assertEquals([bad.status, bad.problems[0]?.code], [
    "failed",
    "PLUGIN_SETUP_FAILED",
  ]);
  const wants = findIn(plugins, "wants");
  assertEquals(wants.status, "refused");
  assertEquals(wants.problems[0]?.code, "PLUGIN_PERMISSION_MISSING");
  assertEquals(wants.required, { net: ["a.example:443"], run: ["sh"] });
  assertEquals(wants.optional, { env: ["LEVEL"] });
  assertEquals(wants.missing, wants.required);
  assertEquals(wants.hazards[0]?.kind, "run");
  const off = findIn(plugins, "off");
  assertEquals([off.status, off.decision.kind], ["disabled", "skip"]);
  assertEquals(permissions.missing, wants.required);
});

Deno.test("inspect() shows a configuration with references, and without any secret", async () => {
  const secret = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD";
  await using host = createTestHost({
    env: { API_KEY: "correct horse battery" },
    allowRawSecrets: true,
    builtins: [
      builtin("one", {}, { permissions: { env: ["API_KEY"] } }),
      builtin("two"),
      builtin("three"),
      builtin("four"),
      builtin("five"),
    ],
    grants: { env: ["API_KEY"] },
    config: {
      one: {
        url: "https://api.example/v1",
        api_key_env: "API_KEY",
        headers: { authorization_env: "Bearer ${API_KEY}" },
        limits: [1, 2],
      },
      two: {
        key_file: "/run/secrets/key",
        api_key: secret,
        nested: { password: "hunter2hunter2" },
        copy: "correct horse battery",
        url: "https://user:hunter2hunter2@a.example/",
        token_env: "aB3dE5fG7hJ9kL1mN3pQ5rS7",
      },
      three: { when: new Map([["password", "hunter2hunter2"]]) },
      four: { url_env: "https://user:hunter2hunter2@${API_KEY}/" },
    },
  });
  await host.load();
  const { plugins } = await host.inspect();
  const one = findIn(plugins, "one");
  assertEquals(one.status, "live", JSON.stringify(one.problems));
  assertEquals(one.config, {
    value: {
      url: "https://api.example/v1",
      api_key_env: "API_KEY",
      headers: { authorization_env: "Bearer ${API_KEY}" },
      limits: [1, 2],
    },
    hidden: [],
  });
  const two = findIn(plugins, "two").config;
  assertEquals(two?.value, {
    key_file: "/run/secrets/key",
    api_key: "[REDACTED]",
    nested: { password: "[REDACTED]" },
    copy: "[REDACTED]",
    url: "[REDACTED]",
    token_env: "[REDACTED]",
  });
  assertEquals(two?.hidden.toSorted(), [
    "api_key",
    "copy",
    "nested.password",
    "token_env",
    "url",
  ]);
  assertEquals(findIn(plugins, "three").config, {
    value: { when: "[REDACTED]" },
    hidden: ["when"],
  });
  assertEquals(findIn(plugins, "four").config?.hidden, ["url_env"]);
  assertEquals(findIn(plugins, "five").config, undefined);
  const text = JSON.stringify(plugins);
  for (const value of [secret, "hunter2", "correct horse"]) {
    assertEquals(text.includes(value), false, value);
  }
});

Deno.test("host.events report that the host begins to dispose its plugins, once", async () => {
  const seen: string[] = [];
  const host = createTestHost({ builtins: [builtin("one")] });
  host.events.addEventListener("dispose", () => seen.push("dispose"));
  host.events.addEventListener(
    "statuschange",
    ({ detail }) => seen.push(detail.status),
  );
  await host.load();
  await host[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
  assertEquals(seen, ["live", "dispose", "disposed"]);
});
