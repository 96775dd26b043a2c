import { assert, assertEquals } from "@std/assert";
import type { PluginState } from "@semantik/plugins";
import { PERMISSION_KINDS } from "@semantik/plugins/permissions";
import { readAuditLog } from "@semantik/plugins/audit";
import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { withStateFile } from "../state/with_state_file.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { builtin } from "./builtin.ts";
import { runFixture } from "./run_fixture.ts";
import { createTestHost } from "./test_host.ts";

const EVERYTHING = Object.fromEntries(
  PERMISSION_KINDS.map((kind) => [kind, true as const]),
);

interface Case {
  readonly change: string;
  /** The plugin; `a` by default. */
  readonly id?: string;
  readonly before: PluginState;
  readonly after: PluginState;
  readonly reconciled: Readonly<Record<string, unknown>>;
}

const CASES: readonly Case[] = [
  {
    change: "plugin.disabled",
    before: { config: { depth: 1 } },
    after: { config: { depth: 1 }, enabled: false },
    reconciled: { enabled: false, config_keys: ["depth"], revision: 2 },
  },
  {
    change: "plugin.enabled",
    before: { enabled: false },
    after: {},
    reconciled: { enabled: true, config_keys: [], revision: 2 },
  },
  {
    change: "plugin.config.updated",
    before: {},
    after: { config: { depth: 2 } },
    reconciled: { enabled: true, config_keys: ["depth"], revision: 1 },
  },
  {
    change: "plugin.consent.granted",
    before: { revoked: { net: true } },
    after: {
      consent: { permissions: {}, source: "builtin:a", by: "ada", at: "now" },
    },
    reconciled: {
      enabled: true,
      config_keys: [],
      consented: [],
      revision: 2,
    },
  },
  {
    change: "plugin.consent.revoked",
    before: {
      consent: {
        permissions: {},
        source: "builtin:a",
        at: "2026-01-02T03:04:05.000Z",
      },
    },
    after: { revoked: EVERYTHING, revocation: { at: "now" } },
    reconciled: {
      enabled: true,
      config_keys: [],
      revoked: PERMISSION_KINDS.map((kind) => `${kind} as a whole`),
      revision: 2,
    },
  },
  {
    change: "permission.revoked",
    id: "*",
    before: {},
    after: { revoked: { net: true }, revocation: { at: "now" } },
    reconciled: {
      enabled: true,
      config_keys: [],
      revoked: ["net as a whole"],
      revision: 1,
    },
  },
];

/** Loads a host on the state that a killed one left, and returns what it reconciled. */
async function reconciledBy(path: string) {
  const test = createTestHost({
    state: new FileStateStore(path),
    builtins: [builtin("a")],
  });
  await test.host.load();
  await test.host[Symbol.asyncDispose]();
  return test.events().filter(({ action }) =>
    action === "plugin.state.reconciled"
  ).map(
    (
      {
        plugin_id,
        level,
        enabled,
        config_keys,
        consented,
        revoked,
        revision,
      },
    ) => ({
      plugin_id,
      level,
      enabled,
      config_keys,
      ...consented === undefined ? {} : { consented },
      ...revoked === undefined ? {} : { revoked },
      revision,
    }),
  );
}

/** A stored state without the time of a decision of the test. */
function timeless(state: PluginState | undefined): unknown {
  return JSON.parse(
    JSON.stringify(state ?? {}),
    (key, value) => key === "at" ? "now" : value,
  );
}

async function checkKill(
  { change, id = "a", before, after, reconciled }: Case,
  moment: "before" | "after",
): Promise<void> {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    await store.update(() => new Map([[id, before]]));
    const log = `${path}.audit.jsonl`;
    const { signal, stderr } = await runFixture("killed.ts", {
      flags: ["--allow-all"],
      args: [path, log, change, moment],
    });
    assertEquals(signal, "SIGKILL", stderr);

    const actions = await Array.fromAsync(
      readAuditLog(log),
      ({ action }) => action,
    );
    assertEquals(actions.includes(change), moment === "after");
    const state = await store.read();
    assert(state.ok);
    assertEquals(timeless(state.snapshot.plugins.get(id)), timeless(after));

    assertEquals<unknown>(await reconciledBy(path), [
      { plugin_id: id, level: "warn", ...reconciled },
    ]);
    assertEquals(await reconciledBy(path), []);
    const { unrecorded: _, ...snapshot } = state.snapshot;
    assertEquals(await store.read(), { ok: true, snapshot });
  });
}

testUnless(
  withoutPosix("SIGKILL"),
  "PluginHost.load() records a decision that its killed predecessor stored and did not record",
  async () => {
    await Promise.all([
      ...CASES.map((one) => checkKill(one, "before")),
      // Nobody can tell that the trail has it: once more is better than never.
      ...CASES.slice(0, 1).map((one) => checkKill(one, "after")),
    ]);
  },
);

Deno.test("PluginHost reconciles nothing after a normal end", async () => {
  await withStateFile(async (path) => {
    const state = new FileStateStore(path);
    const test = createTestHost({
      state,
      builtins: [
        builtin("a"),
        builtin("picky", {
          reconfigure() {
            throw new Error("not that");
          },
        }),
      ],
    });
    await test.host.load();
    await test.host.disable("a");
    await test.host.enable("a");
    await test.host.configure("a", { depth: 2 });
    await test.host.disable("picky");
    await test.host.enable("picky");
    await test.host.configure("picky", { depth: 2 }).catch(() => {});
    await test.host[Symbol.asyncDispose]();
    const { ok, ...read } = await state.read();
    assert(ok && "snapshot" in read);
    assertEquals(read.snapshot.unrecorded, undefined);
    assertEquals(await reconciledBy(path), []);
  });
});

Deno.test("PluginHost reconciles only marked decisions, each once", async () => {
  await withStateFile(async (path) => {
    const file = new FileStateStore(path);
    let isBroken = true;
    const test = createTestHost({
      builtins: [builtin("a"), builtin("b")],
      state: {
        read: (options) => file.read(options),
        update: (change, options) => file.update(change, options),
        markRecorded: (ids, options) =>
          isBroken
            ? Promise.reject(new Error("the disk is full"))
            : file.markRecorded(ids, options),
      },
    });
    await test.host.disable("a");
    const state = await file.read();
    assert(state.ok);
    assertEquals(state.snapshot.unrecorded, ["a"]);
    await test.host.load();
    assert(!test.actions().includes("a plugin.state.reconciled"));
    isBroken = false;
    await test.host.disable("b");
    await test.host[Symbol.asyncDispose]();
    assertEquals(await reconciledBy(path), []);
  });
});

Deno.test("PluginHost records an unrecorded decision before its own about the same plugin", async () => {
  const state = new MemoryStateStore();
  await state.update(
    () =>
      new Map([
        ["a", { revoked: { net: true } }],
        ["b", { enabled: false }],
        ["*", { revoked: { ffi: true } }],
      ]),
    { unrecorded: true },
  );
  const test = createTestHost({
    state,
    builtins: [builtin("a"), builtin("b")],
  });
  const decisions = () =>
    test.events().filter(({ action }) =>
      action === "plugin.state.reconciled" ||
      /^(?:plugin\.(?:en|dis)abled|permission\.)/.test(String(action))
    ).map(({ plugin_id, action, enabled, revoked, revision }) =>
      JSON.stringify([plugin_id, action, enabled, revoked, revision])
    );
  // Nothing changes, so nothing is recorded yet.
  await test.host.revoke("a", { net: true });
  await test.host.disable("a");
  await test.host.revoke("a", { env: true });
  await test.host.revoke("*", { run: true });
  const before = [
    '["a","plugin.state.reconciled",true,["net as a whole"],1]',
    '["a","plugin.disabled",null,null,null]',
    '["a","permission.revoked",null,null,null]',
    '["*","plugin.state.reconciled",true,["ffi as a whole"],3]',
    '["*","permission.revoked",null,null,null]',
  ];
  assertEquals(decisions(), before);
  await test.host.load();
  await test.host.enable("b");
  await test.host[Symbol.asyncDispose]();
  assertEquals(decisions(), [
    ...before,
    '["b","plugin.state.reconciled",false,null,4]',
    '["b","plugin.enabled",null,null,null]',
  ]);
});
