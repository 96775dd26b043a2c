import {
  denoPermissionSet,
  entriesOf,
  normalizePermissions,
  type PermissionSet,
} from "@semantik/plugins/permissions";
import { assert, assertEquals } from "@std/assert";
import { askDeno } from "./run_fixture.ts";

async function askUnder(
  block: unknown,
  set: PermissionSet,
): Promise<readonly string[]> {
  const directory = await Deno.makeTempDir();
  try {
    const config = `${directory}/deno.json`;
    await Deno.writeTextFile(
      config,
      JSON.stringify({ permissions: { plugins: block } }),
    );
    return await askDeno(
      ["--config", config, "-P=plugins"],
      entriesOf(set),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("denoPermissionSet() grants in deno.json what no flag can express", async () => {
  const set = normalizePermissions({
    read: ["$DATA", "x"],
    write: ["$DATA"],
    run: ["./tool", Deno.execPath()],
    ffi: ["./lib.so"],
    net: ["a.example:443", ":8080", "[::1]:80", "unix:/run/a.sock"],
    env: ["A", "B_C"],
    sys: ["umask", "setuid", "username"],
    import: ["jsr.io:443", "unpkg.com:443"],
  }, { directory: "/srv/a,b", dataDirectory: "/d\r", windows: false });
  assertEquals(set.read, ["/d\r", "/srv/a,b/x"]);
  const states = await askUnder(denoPermissionSet(set), set);
  assertEquals(states, states.map(() => "granted"));
  // And nothing else.
  const others: PermissionSet = {
    read: ["/srv/a", "/srv"],
    write: ["/d"],
    run: ["/srv/a,b/tool2"],
    net: ["a.example:80", "0.0.0.0"],
    env: ["B"],
    sys: ["gid"],
    import: ["esm.sh:443"],
    ffi: true,
  };
  const refused = await askUnder(denoPermissionSet(set), others);
  assertEquals(refused, refused.map(() => "prompt"));
});

Deno.test("denoPermissionSet() grants whole kinds, and nothing for the empty set", async () => {
  const set = { net: true, sys: true } as const;
  assertEquals(denoPermissionSet(set), set);
  assertEquals(await askUnder(denoPermissionSet(set), { ...set, env: true }), [
    "granted",
    "prompt",
    "granted",
  ]);
  assertEquals(denoPermissionSet({}), {});
  assertEquals(denoPermissionSet({ import: ["jsr.io:443"] }), {});
});

Deno.test("denoPermissionSet() denies and ignores variables that nobody declares", async () => {
  const block = denoPermissionSet({ env: ["A_*", "B"] }, {
    denyEnv: ["B", "C"],
    ignoreEnv: ["A_1", "C", "D"],
  });
  assertEquals(block, {
    env: { allow: ["A_*", "B"], deny: ["C"], ignore: ["D"] },
  });
  assertEquals(
    await askUnder(block, { env: ["A_1", "B", "C", "D", "E"] }),
    ["granted", "granted", "denied", "denied", "prompt"],
  );
  const rest = denoPermissionSet({ env: ["A"] }, { ignoreEnv: true });
  assertEquals(rest, { env: { allow: ["A"], ignore: true } });
  assertEquals(await askUnder(rest, { env: ["A", "B"] }), [
    "granted",
    "denied",
  ]);
  assertEquals(denoPermissionSet({}, { ignoreEnv: true }), {
    env: { allow: [], ignore: true },
  });
  assertEquals(denoPermissionSet({ env: true }, { ignoreEnv: true }), {
    env: true,
  });
  const whole = denoPermissionSet({ env: true }, { ignoreEnv: ["D"] });
  assertEquals(await askUnder(whole, { env: ["A", "D"] }), [
    "granted",
    "denied",
  ]);
});

Deno.test("denoPermissionSet() returns a fresh object of JSON values", () => {
  const set = normalizePermissions({ net: ["a.example"] });
  const block = denoPermissionSet(set);
  assertEquals(JSON.parse(JSON.stringify(block)), block);
  assert(block.net !== set.net);
});
