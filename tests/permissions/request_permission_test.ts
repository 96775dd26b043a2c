import type {
  PermissionAnswer,
  PermissionDescriptor,
  PermissionEntry,
} from "@semantik/plugins/permissions";
import { assert, assertEquals } from "@std/assert";
import {
  describeRequest,
  requestPermission,
} from "../../src/permissions/permission_states.ts";
import { runFixture } from "./run_fixture.ts";

type State = PermissionAnswer["state"];

/** Simulates Deno with a person at its terminal. */
function terminal(answer: State, before: State = "prompt", after = answer) {
  const asked: PermissionDescriptor[] = [];
  let state = before;
  return {
    asked,
    query: () => ({ state, partial: false }),
    request: (descriptor: PermissionDescriptor) => {
      asked.push(descriptor);
      state = after;
      return Promise.resolve({ state: answer, partial: false });
    },
  };
}

const host: PermissionEntry = { kind: "net", value: "a.com:443" };

Deno.test("requestPermission() asks for exactly the entry", async () => {
  const granting = terminal("granted");
  assertEquals(await requestPermission(host, granting), "granted");
  assertEquals(granting.asked, [{ name: "net", host: "a.com:443" }]);
  const whole = terminal("granted");
  assertEquals(await requestPermission({ kind: "sys" }, whole), "granted");
  assertEquals(whole.asked, [{ name: "sys" }]);
  assertEquals(await requestPermission(host, terminal("denied")), "denied");
});

Deno.test("requestPermission() asks only when the state is prompt", async () => {
  for (const state of ["granted", "denied"] as const) {
    const decided = terminal("granted", state);
    assertEquals(await requestPermission(host, decided), state);
    assertEquals(decided.asked, []);
  }
});

Deno.test("requestPermission() returns the state after the answer", async () => {
  // Deno answers "granted" to a program that it cannot find, and grants nothing.
  const lying = terminal("granted", "prompt", "prompt");
  const entry: PermissionEntry = { kind: "run", value: "no-such-program" };
  assertEquals(await requestPermission(entry, lying), "denied");
  assertEquals(lying.asked.length, 1);
});

Deno.test("requestPermission() never asks for more than was declared", async () => {
  for (
    const entry of [
      { kind: "net", value: "*.a.com" },
      { kind: "net", value: "10.0.0.0/8" },
      { kind: "env", value: "AWS_*" },
      { kind: "env", value: "*" },
      { kind: "import", value: "*.a.com" },
    ] as const
  ) {
    const granting = terminal("granted");
    assertEquals(await requestPermission(entry, granting), "denied");
    assertEquals(granting.asked, []);
  }
});

Deno.test("requestPermission() returns denied without a terminal", async () => {
  const report = await runFixture("report.ts", {
    set: {},
    request: [host, { kind: "env", value: "HOME" }, { kind: "sys" }],
  }, { flags: ["--allow-env=HOME"] });
  assert(
    typeof report === "object" && report !== null && "requested" in report,
  );
  assertEquals(report.requested, ["denied", "granted", "denied"]);
});

Deno.test("describeRequest() names the plugin, the permission and the reason on one line", () => {
  assertEquals(
    describeRequest("search", "asks the model", host),
    'Plugin "search" asks for net to "a.com:443": asks the model',
  );
  for (const reason of [undefined, "", " \n"]) {
    assertEquals(
      describeRequest("search", reason, { kind: "sys" }),
      'Plugin "search" asks for sys as a whole',
    );
  }
  assertEquals(
    describeRequest("a\nb", "x\u001b[2K\r\u202ey", {
      kind: "env",
      value: "A\nB",
    }),
    'Plugin "a\\nb" asks for env to "A\\nB": x\\u001b[2K\\r\\u202ey',
  );
});
