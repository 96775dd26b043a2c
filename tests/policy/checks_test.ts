import { assertEquals } from "@std/assert";
import type { Problem } from "../../src/base/errors.ts";
import {
  checkClaimedId,
  checkHostVersion,
  checkPermissions,
  checkPlugin,
  checkStoredState,
  type HostFacts,
  type KnownPlugin,
  type PluginFacts,
  skipReason,
} from "../../src/policy/checks.ts";

const HOST: HostFacts = {
  hostVersion: "2.1.0",
  permissionMode: "enforce",
  disabled: [],
  switchedOff: [],
};

const PLUGIN: KnownPlugin = {
  ok: true,
  source: "./a",
  origin: "external",
  namedAfterId: true,
  manifest: {
    id: "a",
    type: "reader",
    version: "1.0.0",
    requires: [],
    permissions: {},
    optionalPermissions: {},
  },
};

const FACTS: PluginFacts = {
  found: PLUGIN,
  sourceIndex: 0,
  missing: [],
  remedy: "",
  problems: [],
};

const codes = (problems: readonly Problem[]) =>
  problems.map(({ code }) => code);
const problem = (code: Problem["code"]): Problem => ({
  code,
  message: code,
  remedy: "Correct it",
});

Deno.test("checkHostVersion() refuses a host version outside the range", () => {
  const check = (host?: string, hostVersion = "2.1.0") =>
    codes(checkHostVersion({ id: "a", ...host ? { host } : {} }, {
      hostVersion,
    }));
  assertEquals(check(), []);
  assertEquals(check("^2.0.0"), []);
  assertEquals(check("^3.0.0"), ["PLUGIN_HOST_INCOMPATIBLE"]);
  assertEquals(check("^2.0.0", "2.2.0-rc.1"), ["PLUGIN_HOST_INCOMPATIBLE"]);
});

Deno.test("checkStoredState() refuses external plugins while the state is unknown", () => {
  const stateProblem = problem("PLUGIN_STATE_CORRUPT");
  assertEquals(checkStoredState(PLUGIN, {}), []);
  assertEquals(checkStoredState(PLUGIN, { stateProblem }), [stateProblem]);
  assertEquals(
    checkStoredState({ origin: "builtin" }, { stateProblem }),
    [],
  );
});

Deno.test("checkPermissions() refuses missing permissions only when they are enforced", () => {
  const missing = [{ kind: "net", value: "a.example:443" }] as const;
  const facts = { missing, remedy: "Add the flag" };
  const [found] = checkPermissions("a", facts, HOST);
  assertEquals(found?.code, "PLUGIN_PERMISSION_MISSING");
  assertEquals(found?.remedy, "Add the flag");
  assertEquals(
    checkPermissions("a", { missing: [], remedy: "" }, HOST),
    [],
  );
  for (const permissionMode of ["prompt", "report"] as const) {
    assertEquals(checkPermissions("a", facts, { permissionMode }), []);
  }
});

Deno.test("checkClaimedId() refuses a plugin that does not hold its id", () => {
  const other: KnownPlugin = { ...PLUGIN, source: "./b" };
  const broken = {
    ok: false,
    source: "./c",
    origin: "external",
    id: "a",
    problems: [problem("PLUGIN_MANIFEST_INVALID")],
  } as const;
  assertEquals(checkClaimedId(PLUGIN, PLUGIN), []);
  assertEquals(checkClaimedId(PLUGIN, undefined), []);
  assertEquals(codes(checkClaimedId(PLUGIN, other)), ["PLUGIN_ID_CONFLICT"]);
  assertEquals(codes(checkClaimedId(PLUGIN, broken)), ["PLUGIN_ID_CONFLICT"]);
  assertEquals(checkClaimedId(broken, undefined), broken.problems);
});

Deno.test("skipReason() skips what is disabled, and external plugins that are switched off", () => {
  const nothing = {
    disabled: new Set<string>(),
    switchedOff: new Set<string>(),
  };
  assertEquals(skipReason(PLUGIN, nothing), undefined);
  assertEquals(
    skipReason(PLUGIN, { ...nothing, disabled: new Set(["a"]) }),
    "disabled",
  );
  const switchedOff = new Set(["reader"]);
  assertEquals(skipReason(PLUGIN, { ...nothing, switchedOff }), "switch");
  assertEquals(
    skipReason({ ...PLUGIN, origin: "builtin" }, { ...nothing, switchedOff }),
    undefined,
  );
});

Deno.test("checkPlugin() returns every problem at once, and of changed code that alone", () => {
  const manifest = { ...PLUGIN.manifest, host: "^3.0.0" };
  const facts: PluginFacts = {
    ...FACTS,
    missing: [{ kind: "env", value: "A" }],
    remedy: "Add the flag",
    problems: [problem("PLUGIN_CONFIG_INVALID")],
  };
  const host = { ...HOST, stateProblem: problem("PLUGIN_STATE_CORRUPT") };
  assertEquals(codes(checkPlugin({ ...PLUGIN, manifest }, facts, host)), [
    "PLUGIN_STATE_CORRUPT",
    "PLUGIN_HOST_INCOMPATIBLE",
    "PLUGIN_CONFIG_INVALID",
    "PLUGIN_PERMISSION_MISSING",
  ]);
  const stale = problem("PLUGIN_RESTART_REQUIRED");
  assertEquals(checkPlugin(PLUGIN, { ...facts, stale }, host), [stale]);
  assertEquals(checkPlugin(PLUGIN, FACTS, HOST), []);
});
