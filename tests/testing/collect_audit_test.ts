import { collectAudit, createFakeClock } from "@semantik/plugins/testing";
import { definePlugin, PluginHost } from "@semantik/plugins";
import { assert, assertEquals } from "@std/assert";

Deno.test("collectAudit() keeps events as written to a log", () => {
  const audit = collectAudit({ clock: createFakeClock({ now: 1_000 }) });
  audit.log("a", "one", { name: 'say "hi"\n', password: "p" }, {
    level: "warn",
    plugin: { type: "t", version: "1.0.0" },
  });
  assertEquals(audit.events, [{
    timestamp: "1970-01-01T00:00:01.000Z",
    level: "warn",
    plugin_id: "a",
    action: "one",
    plugin_type: "t",
    version: "1.0.0",
    name: 'say "hi"\n',
    password: "[REDACTED]",
  }]);
});

Deno.test("collectAudit() lists the actions so far", () => {
  const audit = collectAudit();
  audit.log("a", "one");
  const before = audit.events;
  audit.log("b", "two");
  assertEquals(before.length, 1);
  assertEquals(audit.actions(), ["one", "two"]);
  assertEquals(audit.actions("b"), ["two"]);
  assertEquals([audit.dropped, audit.files], [0, []]);
});

Deno.test("collectAudit() keeps secrets if redact is false", () => {
  const audit = collectAudit({ redact: false });
  audit.log("a", "one", { password: "p" });
  assertEquals(audit.events[0]?.password, "p");
});

Deno.test("collectAudit() works as the audit logger of a host", async () => {
  const audit = collectAudit();
  {
    await using host = new PluginHost({
      name: "app",
      version: "1.0.0",
      audit,
      builtins: [{
        manifest: { id: "a", type: "t", version: "1.0.0" },
        plugin: definePlugin({ setup: () => ({}) }),
      }],
    });
    await host.load();
    assert(host.audit === audit);
  }
  assertEquals(audit.actions("a"), [
    "plugin.registered.builtin",
    "plugin.disposed",
  ]);
});
