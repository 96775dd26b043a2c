import type { PermissionAnswer } from "@semantik/plugins/permissions";
import { assert, assertEquals } from "@std/assert";
import { detectPermissionBroker } from "../../src/permissions/permission_states.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { fixture, keptVariables, runFixture } from "./run_fixture.ts";

function answering(state: PermissionAnswer["state"]) {
  return () => ({ state, partial: false });
}

Deno.test("detectPermissionBroker() reads the variable only if that cannot prompt", () => {
  const detect = (
    state: PermissionAnswer["state"],
    readVariable: () => string | undefined,
  ) => detectPermissionBroker(answering(state), readVariable);
  const refuse = () => {
    throw new Deno.errors.NotCapable("refused");
  };
  assertEquals(detect("granted", () => "/run/broker.sock"), true);
  assertEquals(detect("granted", () => undefined), false);
  assertEquals(detect("granted", () => ""), false);
  // Refused although granted: only a broker does that.
  assertEquals(detect("granted", refuse), true);
  assertEquals(detect("denied", () => "/run/broker.sock"), true);
  assertEquals(detect("denied", refuse), false);
  assertEquals(
    detect("prompt", () => {
      throw new Error("This would have prompted");
    }),
    false,
  );
});

async function withBroker<Result>(
  answer: "allow" | "deny",
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/broker.sock`;
  const broker = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--quiet",
      fixture("broker.ts"),
      path,
      answer,
    ],
    clearEnv: true,
    env: keptVariables(),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = broker.stdout.getReader();
  try {
    await reader.read();
    return await work(path);
  } finally {
    await broker.stdin.close();
    await reader.cancel();
    await broker.status;
    await Deno.remove(directory, { recursive: true });
  }
}

async function reportUnder(
  path: string,
  flags: readonly string[],
) {
  const set = { net: ["a.com:443"], read: ["/x"] };
  // Deno prints that a broker is experimental; --quiet hides it.
  const report = await runFixture("report.ts", { set }, {
    flags,
    env: { DENO_PERMISSION_BROKER_PATH: path },
  });
  assert(typeof report === "object" && report !== null);
  assert("broker" in report && "missing" in report);
  return { broker: report.broker, missing: report.missing };
}

testUnless(
  withoutPosix("Unix socket that Deno would ask a broker by"),
  "detectPermissionBroker() finds a real broker, under which nothing is missing",
  async () => {
    const found = { broker: true, missing: [] };
    await withBroker("allow", async (path) => {
      assertEquals(await reportUnder(path, ["--allow-env"]), found);
      assertEquals(await reportUnder(path, ["--deny-env"]), found);
      const flag = "--allow-env=DENO_PERMISSION_BROKER_PATH";
      assertEquals(await reportUnder(path, [flag]), found);
    });
    await withBroker("deny", async (path) => {
      assertEquals(await reportUnder(path, ["--allow-all"]), found);
    });
  },
);

Deno.test("detectPermissionBroker() finds no broker without one", async () => {
  for (const flags of [[], ["--allow-all"], ["--allow-env"], ["--deny-env"]]) {
    const report = await runFixture("report.ts", { set: {} }, { flags });
    assert(typeof report === "object" && report !== null && "broker" in report);
    assertEquals(report.broker, false);
  }
});
