import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { FileHandler, jsonFormatter } from "@std/log";
import { BaseHandler } from "@std/log/base-handler";
import { LogLevels } from "@std/log/levels";
import { LogRecord } from "@std/log/logger";
import { PluginError } from "@semantik/plugins";
import { type AuditLevel, createAuditLogger } from "@semantik/plugins/audit";
import { Collector } from "./collector.ts";
import { withDirectory } from "./with_directory.ts";

class Plain extends BaseHandler {
  readonly records: LogRecord[] = [];
  override handle(record: LogRecord): void {
    this.records.push(record);
  }
  override log(): void {}
}

class Failing extends BaseHandler {
  calls = 0;
  override handle(): void {
    this.calls++;
    throw new Error("disk of postgres://app:hunter2@db/x is full");
  }
  override log(): void {}
}

Deno.test("createAuditLogger() writes the wire format", () => {
  const collector = new Collector();
  using audit = createAuditLogger({
    handlers: [collector],
    clock: { now: () => 1_700_000_000_123 },
  });
  audit.log("openai", "plugin.enabled", { by: "admin", count: 3 }, {
    level: "warn",
    plugin: { type: "embedding", version: "1.2.3", entryPoint: "./mod.ts" },
  });
  assertEquals(collector.messages, ["PLUGIN_AUDIT: openai - plugin.enabled"]);
  assertEquals(collector.lines, [
    '{"timestamp":"2023-11-14T22:13:20.123Z","level":"warn","plugin_id":"openai","action":"plugin.enabled","plugin_type":"embedding","version":"1.2.3","entry_point":"./mod.ts","by":"admin","count":3}',
  ]);
});

Deno.test("createAuditLogger() stamps each event with its own time", () => {
  const times = [0, 999, 1_000, 1_001, 999, 86_399_999, -1, 5];
  const collector = new Collector();
  let index = 0;
  using audit = createAuditLogger({
    handlers: [collector],
    clock: { now: () => times[index++] ?? 0 },
  });
  for (const _ of times) audit.log("a", "b");
  assertEquals(
    collector.events.map((event) => event["timestamp"]),
    times.map((time) => new Date(time).toISOString()),
  );
});

Deno.test("createAuditLogger() lets no detail replace a field of the host", () => {
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector] });
  audit.log("real", "real.action", {
    plugin_id: "forged",
    action: "plugin.enabled",
    timestamp: "1999",
    level: "debug",
    plugin_type: "t",
    version: "9",
    entry_point: "e",
    detail_version: "mine",
    chain_hash: "0",
  }, { plugin: { version: "1.0.0" } });
  const [event = {}] = collector.events;
  assertEquals(event["plugin_id"], "real");
  assertEquals(event["action"], "real.action");
  assertEquals(event["version"], "1.0.0");
  assertEquals(event["level"], "info");
  assertEquals(event["detail_plugin_id"], "forged");
  assertEquals(event["detail_action"], "plugin.enabled");
  assertEquals(event["detail_timestamp"], "1999");
  assertEquals(event["detail_level"], "debug");
  assertEquals(event["detail_plugin_type"], "t");
  assertEquals(event["detail_entry_point"], "e");
  assertEquals(event["detail_chain_hash"], "0");
  assertEquals(event["detail_version"], "mine");
  assertEquals(event["detail_detail_version"], "9");
  assert(!("plugin_type" in event));
});

Deno.test("createAuditLogger() passes a record to a handler of @std/log", () => {
  const first = new Plain("NOTSET");
  const second = new Plain("NOTSET");
  using audit = createAuditLogger({
    handlers: [first, second],
    clock: { now: () => 1_700_000_000_123 },
  });
  audit.log("a\nb", "c", { text: "x\ny\u202e\\n", password: "p", big: 1n }, {
    level: "critical",
  });
  const [record] = first.records;
  assertInstanceOf(record, LogRecord);
  assertEquals(record.msg, "PLUGIN_AUDIT: a\\nb - c");
  assertEquals(record.levelName, "CRITICAL");
  assertEquals(record.datetime.getTime(), 1_700_000_000_123);
  assertEquals(record.args, [{
    timestamp: "2023-11-14T22:13:20.123Z",
    level: "critical",
    plugin_id: "a\\nb",
    action: "c",
    text: "x\\ny\\u202e\\n",
    password: "[REDACTED]",
    big: "1",
  }]);
  assertNotStrictEquals(record.args[0], second.records[0]?.args[0]);
});

Deno.test("createAuditLogger() maps each level to the one of @std/log", () => {
  const levels: AuditLevel[] = ["debug", "info", "warn", "error", "critical"];
  const plain = new Plain("NOTSET");
  const ours = new Collector("WARN");
  using audit = createAuditLogger({ handlers: [plain, ours] });
  for (const level of levels) audit.log("a", level, {}, { level });
  Reflect.apply(audit.log, audit, ["a", "b", {}, { level: "loud" }]);
  assertEquals(plain.records.map(({ levelName }) => levelName), [
    "DEBUG",
    "INFO",
    "WARN",
    "ERROR",
    "CRITICAL",
    "INFO",
  ]);
  assertEquals(ours.events.map((event) => event["level"]), [
    "warn",
    "error",
    "critical",
  ]);
});

Deno.test("createAuditLogger() encodes no event below every level", () => {
  let reads = 0;
  const details = {
    get seen() {
      return ++reads;
    },
  };
  {
    using audit = createAuditLogger({ handlers: [] });
    audit.log("a", "b", details);
    assertEquals(audit.dropped, 0);
  }
  const collector = new Collector("WARN");
  using audit = createAuditLogger({ handlers: [collector] });
  audit.log("a", "b", details);
  audit.log("a", "b", details, { level: "warn" });
  collector.level = LogLevels.DEBUG;
  audit.log("a", "b", details);

  assertEquals(collector.events.map(({ seen }) => seen), [1, 2]);
  assertEquals(audit.dropped, 0);
});

Deno.test("createAuditLogger() passes an event to each handler even if others throw", () => {
  const warnings: string[] = [];
  const failing = [new Failing("NOTSET"), new Failing("NOTSET")];
  const collector = new Collector();
  using audit = createAuditLogger({
    handlers: [...failing, collector],
    warn: (message) => warnings.push(message),
  });
  for (let index = 0; index < 3; index++) audit.log("a", "b", { index });
  assertEquals(collector.events.map((event) => event["index"]), [0, 1, 2]);
  assertEquals(failing.map(({ calls }) => calls), [3, 3]);
  assertEquals(audit.dropped, 6);
  assertEquals(warnings.length, 2);
  for (const warning of warnings) {
    assertMatch(warning, /^An audit event was not written by Failing: /);
    assert(!warning.includes("hunter2"));
  }
});

Deno.test("createAuditLogger() survives a warn that throws", () => {
  using audit = createAuditLogger({
    handlers: [new Failing("NOTSET")],
    warn: () => {
      throw new Error("no");
    },
  });
  audit.log("a", "b");
  assertEquals(audit.dropped, 1);
});

Deno.test("createAuditLogger() counts events that are logged after it was disposed", () => {
  const warnings: string[] = [];
  const collector = new Collector();
  const audit = createAuditLogger({
    handlers: [collector],
    warn: (message) => warnings.push(message),
  });
  audit[Symbol.dispose]();
  audit[Symbol.dispose]();
  audit.log("a", "b");
  audit.log("a", "b");
  assertEquals(collector.lines, []);
  assertEquals(audit.dropped, 2);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "was disposed");
});

Deno.test("createAuditLogger() stops when writing an event writes events", () => {
  const collector = new Collector();
  class Looping extends BaseHandler {
    override handle(): void {
      audit.log("loop", "handler");
    }
    override log(): void {}
  }
  using audit = createAuditLogger({
    handlers: [new Looping("NOTSET"), collector],
    warn: () => {},
  });
  const details = {
    get again(): string {
      audit.log("loop", "getter", details);
      return "done";
    },
  };
  audit.log("loop", "start", details);
  assert(audit.dropped > 0);
  assertEquals(collector.events.at(-1)?.["action"], "start");
  assertEquals(collector.events.at(-1)?.["again"], "done");
});

Deno.test("createAuditLogger() returns a log function that works without its object", () => {
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector] });
  const { log } = audit;
  log("a", "b");
  assertEquals(collector.lines.length, 1);
});

Deno.test("createAuditLogger() never throws when the stack is almost full", () => {
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector], warn: () => {} });
  const outcomes = { calls: 0, thrown: 0, last: undefined as unknown };
  function dive(): void {
    try {
      dive();
    } catch {
      // Out of stack here: what audit.log needs is not there either.
    }
    if (outcomes.calls >= 50) return;
    outcomes.calls++;
    try {
      audit.log("a", "b", { deep: { deeper: [1, 2, 3] } });
    } catch (error) {
      // The call itself may not fit; and nothing may be called here.
      outcomes.thrown++;
      outcomes.last = error;
    }
  }
  dive();
  const { calls, thrown, last } = outcomes;
  assertEquals(calls, 50);
  assertEquals(collector.lines.length + audit.dropped + thrown, calls);
  assert(thrown === 0 || last instanceof RangeError);
  audit.log("a", "after");
  assertEquals(collector.events.at(-1)?.["action"], "after");
});

Deno.test("createAuditLogger() works with a broken clock", () => {
  const collector = new Collector();
  using audit = createAuditLogger({
    handlers: [collector],
    clock: { now: () => NaN },
    warn: () => {},
  });
  audit.log("a", "b");
  assertEquals(collector.lines.length, 1);
  assertEquals(audit.dropped, 0);
});

Deno.test("createAuditLogger() accepts ids and actions that are not strings", async (t) => {
  const values: readonly unknown[] = [
    undefined,
    null,
    7,
    Symbol("x"),
    {},
    new Proxy({}, {
      get: () => {
        throw new Error("no");
      },
    }),
  ];
  for (const [index, value] of values.entries()) {
    await t.step(`value ${index}`, () => {
      const collector = new Collector();
      using audit = createAuditLogger({ handlers: [collector] });
      Reflect.apply(audit.log, audit, [value, value, { index }]);
      assertEquals(audit.dropped, 0);
      assertEquals(collector.events[0]?.["index"], index);
      assertEquals(typeof collector.events[0]?.["plugin_id"], "string");
    });
  }
});

Deno.test("createAuditLogger() sets handlers up and destroys them", async () => {
  await withDirectory((directory) => {
    const filename = `${directory}/std.log`;
    {
      using audit = createAuditLogger({
        handlers: [
          new FileHandler("INFO", { filename, formatter: jsonFormatter }),
        ],
      });
      audit.log("a", "b", { n: 1n });
      assertEquals(audit.dropped, 0);
    }
    const { message, args } = JSON.parse(Deno.readTextFileSync(filename));
    assertEquals(message, "PLUGIN_AUDIT: a - b");
    assertEquals(args.n, "1");
  });
});

Deno.test("createAuditLogger() does not set up handlers that it does not manage", () => {
  const calls: string[] = [];
  class Managed extends Collector {
    override setup(): void {
      calls.push("setup");
    }
    override destroy(): void {
      calls.push("destroy");
    }
  }
  createAuditLogger({ handlers: [new Managed()], manageHandlers: false })
    [Symbol.dispose]();
  assertEquals(calls, []);
  createAuditLogger({ handlers: [new Managed()] })[Symbol.dispose]();
  assertEquals(calls, ["setup", "destroy"]);
});

Deno.test("createAuditLogger() destroys earlier handlers when one cannot be set up", () => {
  const calls: string[] = [];
  class First extends Collector {
    override destroy(): void {
      calls.push("destroyed");
    }
  }
  class Broken extends Collector {
    override setup(): void {
      throw new TypeError("no socket");
    }
  }
  const error = assertThrows(
    () => createAuditLogger({ handlers: [new First(), new Broken()] }),
    PluginError,
    "Cannot set up Broken: TypeError: no socket",
  );
  assertEquals(error.code, "PLUGIN_AUDIT_UNAVAILABLE");
  assertEquals(calls, ["destroyed"]);
});

Deno.test("createAuditLogger() destroys every handler even if one throws", () => {
  const calls: string[] = [];
  class Broken extends Collector {
    override destroy(): void {
      calls.push("broken");
      throw new Error("cannot");
    }
  }
  class Second extends Collector {
    override destroy(): void {
      calls.push("second");
    }
  }
  const one = createAuditLogger({ handlers: [new Broken(), new Second()] });
  assertThrows(() => one[Symbol.dispose](), Error, "cannot");
  const two = createAuditLogger({ handlers: [new Broken(), new Broken()] });
  assertThrows(() => two[Symbol.dispose](), AggregateError);
  assertEquals(calls, ["broken", "second", "broken", "broken"]);
});

Deno.test("AuditHandler accepts records of any logger of @std/log", () => {
  const collector = new Collector("INFO");
  collector.handle(
    new LogRecord({
      msg: "started\nwell",
      args: [{ password: "p" }],
      level: 30,
      loggerName: "app",
    }),
  );
  collector.handle(
    new LogRecord({ msg: "x", args: [], level: 10, loggerName: "app" }),
  );
  collector.log("alone");
  assertEquals(collector.messages, [
    "PLUGIN_AUDIT: app - log",
    "PLUGIN_AUDIT: log - log",
  ]);
  const [event = {}, alone = {}] = collector.events;
  assertEquals(event["level"], "warn");
  assertEquals(event["message"], "started\nwell");
  assertEquals(event["args"], [{ password: "[REDACTED]" }]);
  assertEquals(alone["message"], "alone");
});
