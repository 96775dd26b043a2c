import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AuditLogger, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import type { PluginContext } from "@semantik/plugins/plugin";
import { createFakeClock } from "@semantik/plugins/testing";
import { Collector } from "../audit/collector.ts";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const TEN_MINUTES = 600_000;

/** Nothing of these looks like a secret. */
const FORMER = "former-horse";
const PRESENT = "present-horse";
const REFUSED = "refused-horse";

Deno.test("PluginHost masks the secrets of an old configuration for ten more minutes", async () => {
  const clock = createFakeClock();
  let log = (_: string) => {};
  await using test = createTestHost({
    clock,
    allowRawSecrets: true,
    config: { a: { password: FORMER } },
    builtins: [builtin("a", {
      setup(context) {
        log = context.log.info;
        return {};
      },
      reconfigure({ config }) {
        const { password } = Object(config);
        if (password === REFUSED) throw new Error("no");
      },
    })],
  });
  const { host } = test;
  await host.load();
  const shown = () => {
    log(`${FORMER}, ${PRESENT}, ${REFUSED}`);
    return test.logged.at(-1)?.[2];
  };

  clock.advance(2 * TEN_MINUTES);
  assertEquals(shown(), "[REDACTED], present-horse, refused-horse");
  await host.configure("a", { password: PRESENT });
  clock.advance(TEN_MINUTES - 1);
  assertEquals(shown(), "[REDACTED], [REDACTED], refused-horse");
  clock.advance(1);
  assertEquals(shown(), "former-horse, [REDACTED], refused-horse");

  await assertRejects(() => host.configure("a", { password: REFUSED }));
  assertEquals(shown(), "former-horse, [REDACTED], [REDACTED]");
  clock.advance(TEN_MINUTES);
  assertEquals(shown(), "former-horse, [REDACTED], refused-horse");

  await host.disable("a");
  clock.advance(TEN_MINUTES - 1);
  assertEquals(shown(), "former-horse, [REDACTED], refused-horse");
  clock.advance(1);
  assertEquals(shown(), "former-horse, present-horse, refused-horse");
  await host.enable("a");
  assertEquals(shown(), "former-horse, [REDACTED], refused-horse");
});

/** A trail that counts what hosts add to it. */
function countingAudit() {
  const collector = new Collector();
  const logger = createAuditLogger({ handlers: [collector] });
  let masks = 0;
  const audit: AuditLogger = {
    written: 0,
    dropped: 0,
    files: [],
    log: logger.log,
    protect() {},
    redactWith(mask: (text: string) => string): Disposable {
      masks++;
      const added = logger.redactWith(mask);
      return {
        [Symbol.dispose]() {
          masks--;
          added[Symbol.dispose]();
        },
      };
    },
    [Symbol.dispose]() {},
  };
  return { audit, collector, masks: () => masks };
}

Deno.test("PluginHost removes its masks from a shared audit logger, but masks late events", async () => {
  const { audit, collector, masks } = countingAudit();
  const contexts: PluginContext[] = [];
  const create = (password: string) =>
    new PluginHost({
      name: "test",
      version: "1.0.0",
      audit,
      allowRawSecrets: true,
      config: { a: { password } },
      builtins: [builtin("a", {
        setup(context) {
          contexts.push(context);
          return {};
        },
      })],
    });
  {
    await using idle = create(FORMER);
    await idle.plan();
    assertEquals(masks(), 0, "a host that gave no secret away adds nothing");
    await using short = create("horse");
    await using long = create(FORMER);
    await short.load();
    await long.load();
    assertEquals(masks(), 2);
    audit.log("x", `${FORMER} of two hosts`);
    assertEquals(collector.events.at(-1)?.action, "[REDACTED] of two hosts");
  }
  assertEquals(masks(), 0);
  audit.log("x", `${FORMER} of nobody`);
  assertEquals(collector.events.at(-1)?.action, "former-horse of nobody");

  contexts.forEach(({ audit }) => audit("late", { why: `with ${FORMER}` }));
  assertEquals(
    collector.events.slice(-2).map(({ why }) => why),
    ["with former-[REDACTED]", "with [REDACTED]"],
  );
  assertEquals(masks(), 0);
});

Deno.test("createAuditLogger() applies every mask until it is disposed", () => {
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector] });
  const hide = (secret: string) => (text: string) =>
    text.replaceAll(secret, "[REDACTED]");
  const one = audit.redactWith(hide("correct-horse"));
  const part = audit.redactWith(hide("horse"));
  const again = audit.redactWith(hide("correct-horse"));
  const write = () => {
    audit.log("p", "a", { text: "my correct-horse, my horse" });
    return collector.events.at(-1)?.text;
  };
  assertEquals(write(), "my [REDACTED], my [REDACTED]");
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  assertEquals(write(), "my [REDACTED], my [REDACTED]");
  again[Symbol.dispose]();
  assertEquals(write(), "my correct-[REDACTED], my [REDACTED]");
  part[Symbol.dispose]();
  assertEquals(write(), "my correct-horse, my horse");
  assert(audit.dropped === 0);
});
