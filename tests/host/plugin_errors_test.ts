import { assert, assertEquals, assertMatch } from "@std/assert";
import { createAuditLogger } from "@semantik/plugins/audit";
import { HostEventTarget } from "../../src/events/host_events.ts";
import { createParts } from "../../src/host/create_parts.ts";
import { HostSecrets, Registry } from "../../src/host/registry.ts";
import { problemsOf } from "../../src/host/failures.ts";
import { readOptions } from "../../src/host/settings.ts";
import { SecretValues } from "../../src/secrets/secret_values.ts";
import type { ReadPlugin } from "../../src/manifest/manifest.ts";
import { Collector } from "../audit/collector.ts";
import { runFixture } from "./run_fixture.ts";

const ASKS = 12;

Deno.test("PluginHost explains a denied permission, even if no flag can grant it", async () => {
  const { code, stdout, stderr } = await runFixture("errors/refused.ts");
  assertEquals([code, stderr], [0, ""]);
  const lines: readonly unknown[] = stdout.trim().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(lines.at(-1), { failed: ASKS, live: ASKS, unhealthy: ASKS });
  const events = lines.filter((line) => Array.isArray(line));
  for (
    const action of [
      "plugin.load.failed",
      "plugin.health_check",
      "plugin.crashed",
    ]
  ) {
    const explained = events.filter((event) => event[1] === action)
      .map(([, , message]) => String(message))
      .filter((message) =>
        /^Cannot .* plugin "[a-z-]+": it needs (?:read|write|env|run|ffi) to "/
          .test(message)
      );
    assertEquals(explained.length, ASKS, action);
  }
});

Deno.test("PluginHost survives plugin errors even if the audit logger throws", async () => {
  const { code, stdout, stderr } = await runFixture("errors/refused.ts", {
    args: ["broken"],
  });
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), {
    failed: ASKS,
    live: ASKS,
    unhealthy: ASKS,
  });
  assertMatch(
    stderr,
    /^Warning: The audit logger threw, and "[a-z._]+" of "[a-z:-]+" was not recorded: Error: the logger is broken; further losses are not reported\n$/,
  );
});

Deno.test("CrashGuard never throws, even if each of its parts fails", async () => {
  const { code, stdout, stderr } = await runFixture("errors/broken_guard.ts");
  assertEquals([code, stdout], [0, "error error rejection\n"], stderr);
  assertEquals(
    stderr,
    "Warning: A crash of a plugin could not be handled: Error: on purpose\n"
      .repeat(3),
  );
});

/** Fails when secrets are searched for. */
class BrokenSecrets extends SecretValues {
  override mask(): string {
    throw new Error("on purpose");
  }
}

const PLUGIN: ReadPlugin = {
  ok: true,
  source: "builtin:a",
  origin: "builtin",
  manifest: {
    id: "a",
    type: "thing",
    version: "1.0.0",
    requires: [],
    permissions: {},
    optionalPermissions: {},
  },
  code: { kind: "object", plugin: {} },
  directory: undefined,
  namedAfterId: true,
};

Deno.test("problemsOf() returns a problem when explaining and masking fail", async () => {
  const settings = readOptions({
    name: "test",
    version: "1.0.0",
    audit: createAuditLogger({ handlers: [new Collector()] }),
  });
  const secrets = new HostSecrets(settings);
  const parts = await createParts({
    settings: {
      ...settings,
      get dataDirectory(): never {
        throw new Error("on purpose");
      },
    },
    registry: new Registry(),
    secrets,
    hostEvents: new HostEventTarget(),
    ending: new AbortController().signal,
  });
  const refused = new Deno.errors.NotCapable(
    'Requires read access to "x", run again with the --allow-read flag',
  );
  const [problem] = problemsOf(parts, PLUGIN, refused);
  assertEquals(problem?.code, "PLUGIN_SETUP_FAILED");
  assertMatch(
    problem?.message ?? "",
    /^Cannot continue with plugin "a": NotCapable: Requires read access/,
  );
  const trap = new Proxy({}, {
    getPrototypeOf() {
      throw new Error("on purpose");
    },
  });
  assertMatch(
    problemsOf(parts, PLUGIN, trap)[0]?.message ?? "",
    /^Cannot continue with plugin "a": a value that cannot be shown$/,
  );
  secrets.hold(() => new BrokenSecrets(() => 0));
  const masked = problemsOf(parts, PLUGIN, refused);
  assert(masked.length > 0);
  for (const { message, remedy } of masked) {
    assertEquals([message, remedy], ["[REDACTED]", "[REDACTED]"]);
  }
});
