import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { treeDigest } from "@semantik/plugins/provenance";
import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { withStateFile } from "../state/with_state_file.ts";
import { builtin, type ManifestParts, requires } from "./builtin.ts";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import {
  createTestHost as createHost,
  type TestHost,
  type TestOptions,
} from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

const CODE = "export default { setup: () => ({}) };";
const NET = { permissions: { net: ["a.example:443"] } };
const MORE = { permissions: { net: ["a.example:443", "b.example:443"] } };

const { system: powers } = createFakeProcess({});

/** A host in a process that was granted everything. */
function createTestHost(options: TestOptions): TestHost {
  return createHost({ powers, ...options });
}

/** The decisions of a plan, as `id kind`. */
async function kinds({ host }: TestHost): Promise<readonly string[]> {
  return (await host.plan()).map(({ id, kind }) => `${id} ${kind}`);
}

/** The consent to a plugin, as a host shows it. */
async function consentOf({ host }: TestHost, id: string) {
  const { plugins } = await host.inspect();
  return plugins.find((one) => one.id === id)?.consent;
}

/** The fields of an event that tests compare. */
function eventsOf(test: TestHost, action: string) {
  return test.events().filter((event) => event.action === action).map(
    ({ plugin_id, level, by, permissions, source, until, effects }) =>
      JSON.parse(
        JSON.stringify({
          plugin_id,
          level,
          by,
          permissions,
          source,
          until,
          effects,
        }),
      ),
  );
}

async function rejection(call: Promise<unknown>): Promise<PluginError> {
  return await assertRejects(() => call, PluginError);
}

Deno.test("PluginHost needs no yes by default", async () => {
  await using test = createTestHost({ builtins: [builtin("a", {}, NET)] });
  await test.host.load();
  assert(test.host.get("a"));
  const consent = await consentOf(test, "a");
  assertEquals(consent, {
    agreed: undefined,
    waiting: undefined,
    revoked: {},
    revocation: undefined,
    granted: { net: ["a.example:443"] },
    undecided: {},
  });
});

Deno.test("PluginHost with consent runs nothing that needs a yes and has none", async () => {
  await withPlugins({
    plain: `globalThis.consentRan = true; ${CODE}`,
    needy: { code: CODE, manifest: NET },
  }, async (folder) => {
    await using test = createTestHost({
      consent: "required",
      sources: [folder],
      builtins: [
        builtin("free"),
        builtin("optional", {}, { optionalPermissions: { sys: ["hostname"] } }),
      ],
    });
    const { loaded, refused } = await test.host.load();
    assertEquals(loaded.map(({ id }) => id), ["free"]);
    assertEquals(
      refused.map(({ id, problems }) => [
        id,
        ...problems.map(({ message }) => message),
      ]),
      [
        [
          "optional",
          'Cannot load plugin "optional": nobody agreed to it yet, and it ' +
          "requires no permission",
        ],
        [
          "needy",
          'Cannot load plugin "needy": nobody agreed to it yet, and it ' +
          'requires net to "a.example:443" (--allow-net=a.example:443)',
        ],
        [
          "plain",
          'Cannot load plugin "plain": nobody agreed to it yet, and it ' +
          "requires no permission",
        ],
      ],
    );
    assertEquals(
      refused.map(({ code, problems }) => [code, problems[0]?.remedy]),
      refused.map(({ id }) => [
        "PLUGIN_CONSENT_MISSING",
        `Agree by host.grant("${id}"), or by semantik-plugin consent grant ` +
        `${id} with --state FILE and the sources of the host ` +
        "(of a builtin: --builtin --permissions JSON)",
      ]),
    );
    assertEquals(Reflect.get(globalThis, "consentRan"), undefined);
  });
});

Deno.test("PluginHost.grant() records a yes and loads the plugin, also after a restart", async () => {
  await withPlugins({ a: { code: CODE, manifest: NET } }, async (folder) => {
    await withStateFile(async (path) => {
      const options = {
        consent: "required",
        sources: [folder],
        state: new FileStateStore(path),
      } as const;
      {
        await using test = createTestHost(options);
        await test.host.load();
        await test.host.grant("a", undefined, { by: "alice" });
        assert(test.host.get("a"));
        assertEquals(eventsOf(test, "plugin.consent.granted"), [{
          plugin_id: "a",
          level: "info",
          by: "alice",
          permissions: ['net to "a.example:443"'],
          source: `${folder}/a/plugin.json`,
          until: "always",
        }]);
        const consent = await consentOf(test, "a");
        assertEquals(consent?.agreed?.by, "alice");
        assertEquals(consent?.agreed?.permissions, { net: ["a.example:443"] });
        assertEquals(consent?.waiting, undefined);
        // Once more changes nothing.
        await test.host.grant("a", undefined, { by: "bob" });
        assertEquals(eventsOf(test, "plugin.consent.granted").length, 1);
        assertEquals((await consentOf(test, "a"))?.agreed?.by, "alice");
      }
      await using test = createTestHost(options);
      const { loaded } = await test.host.load();
      assertEquals(loaded.map(({ id }) => id), ["a"]);
    });
  });
});

Deno.test("PluginHost keeps a consent while an update requires no more, and shows what is more", async (t) => {
  const before = {
    permissions: { net: ["*.example"], read: ["./models"] },
    optionalPermissions: { env: ["HOME"] },
  };
  const cases = {
    same: [before, undefined],
    less: [{ permissions: { net: ["*.example"] } }, undefined],
    narrower: [{
      permissions: { net: ["a.example:443"], read: ["./models/x"] },
    }, undefined],
    "more optional": [{
      ...before,
      optionalPermissions: { env: ["HOME", "KEY"] },
    }, undefined],
    "optional made required": [{
      permissions: { ...before.permissions, env: ["HOME"] },
    }, undefined],
    more: [
      { permissions: { ...before.permissions, net: ["*.example", "b.test"] } },
      'net to "b.test" (--allow-net=b.test)',
    ],
    wider: [{ permissions: { net: true } }, "net as a whole (--allow-net)"],
    "another kind": [
      { permissions: { ...before.permissions, sys: ["hostname"] } },
      'sys to "hostname" (--allow-sys=hostname)',
    ],
  } as const;
  for (const [name, [after, added]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const state = new MemoryStateStore();
      const hostOf = (manifest: ManifestParts) =>
        createTestHost({
          consent: "required",
          state,
          builtins: [{ ...builtin("a", {}, manifest), directory: "/srv/a" }],
        });
      {
        await using test = hostOf(before);
        await test.host.grant("a", undefined, { by: "alice" });
      }
      await using test = hostOf(after);
      const { refused } = await test.host.load();
      assertEquals(
        refused[0]?.problems[0]?.message.replace(/ on \S+ /, " on DAY "),
        added === undefined
          ? undefined
          : 'Cannot load plugin "a": it requires more than was agreed ' +
            `to on DAY by "alice": ${added}`,
      );
    });
  }
});

Deno.test("PluginHost with digestOf asks anew for each changed file, and refuses what has no digest", async () => {
  await withPlugins({ a: { code: CODE, manifest: NET } }, async (folder) => {
    const store = new MemoryStateStore();
    const hostWith = (digestOf?: (directory: string) => Promise<string>) =>
      createTestHost({
        consent: "required",
        ...digestOf === undefined ? {} : { digestOf },
        sources: [folder],
        state: store,
      });
    {
      await using test = hostWith(undefined);
      await test.host.grant("a");
    }
    {
      // A yes without a digest says nothing of the files.
      await using test = hostWith(treeDigest);
      assertEquals((await consentOf(test, "a"))?.waiting?.reason, "digest");
      await test.host.grant("a", undefined, { by: "ada" });
      assert(test.host.get("a"));
    }
    {
      await using test = hostWith(treeDigest);
      await test.host.load();
      assert(test.host.get("a"));
    }
    await Deno.writeTextFile(`${folder}/a/other.ts`, "export {};");
    {
      await using test = hostWith(treeDigest);
      const { refused } = await test.host.load();
      assertEquals(refused[0]?.code, "PLUGIN_CONSENT_MISSING");
      const { message } = refused[0]?.problems[0] ?? {};
      assertMatch(
        message ?? "",
        /its files changed since the consent on .* by "ada"/,
      );
    }
    {
      await using test = hostWith(undefined);
      await test.host.load();
      assert(test.host.get("a"));
    }
    await Deno.writeTextFile(`${folder}/a/.DS_Store`, "");
    const failing = () => Promise.reject(new Error("on purpose"));
    for (
      const [digestOf, message] of [
        [treeDigest, /DS_Store/],
        [failing, /Error: on purpose/],
      ] as const
    ) {
      await using test = hostWith(digestOf);
      const { refused } = await test.host.load();
      assertEquals(refused[0]?.code, "PLUGIN_SOURCE_UNREADABLE");
      assertMatch(refused[0]?.problems[0]?.message ?? "", message);
    }
  });
});

Deno.test("PluginHost asks anew when a plugin comes from another source", async () => {
  await withPlugins({
    one: { code: CODE, id: "a", manifest: NET },
    two: { code: CODE, id: "a", manifest: NET },
  }, async (folder) => {
    const state = new MemoryStateStore();
    {
      await using test = createTestHost({
        consent: "required",
        sources: [`${folder}/one`],
        state,
      });
      await test.host.grant("a");
    }
    {
      // However the host spells the source.
      await using test = createTestHost({
        consent: "required",
        sources: [`${folder}/two/../one/plugin.json`],
        state,
      });
      assertEquals(await kinds(test), ["a load"]);
    }
    await using test = createTestHost({
      consent: "required",
      sources: [`${folder}/two`],
      state,
    });
    const [decision] = await test.host.plan();
    assert(decision?.kind === "refuse");
    assertEquals(
      decision.problems[0]?.message.replace(/ on \S+ /, " on DAY "),
      `Cannot load plugin "a": it comes from "${folder}/two/plugin.json", ` +
        `and the consent on DAY is for "${folder}/one/plugin.json"; it ` +
        'requires net to "a.example:443" (--allow-net=a.example:443)',
    );
  });
});

Deno.test("PluginHost.grant() agrees to a part, and to no more than is declared", async () => {
  await using test = createTestHost({
    consent: "required",
    builtins: [
      builtin("a", {}, {
        ...MORE,
        optionalPermissions: { env: ["HOME"], net: ["*.example"] },
      }),
    ],
  });
  const error = await rejection(
    test.host.grant("a", { net: ["a.example:443"] }),
  );
  assertEquals(error.code, "PLUGIN_CONSENT_MISSING");
  assertEquals(
    error.message.replace(/ on \S+:/, " on DAY:"),
    'Cannot load plugin "a": it requires more than was agreed to on DAY: ' +
      'net to "b.example:443" (--allow-net=b.example:443)',
  );
  await test.host.grant("a", { net: ["b.example"] });
  assert(test.host.get("a"));
  assertEquals(
    eventsOf(test, "permission.granted").map((one) => one.permissions),
    [
      ['net to "a.example:443"'],
      ['net to "b.example"'],
    ],
  );
  const consent = await consentOf(test, "a");
  assertEquals(consent?.granted, { net: ["a.example:443", "b.example"] });
  assertEquals(consent?.undecided, { net: ["*.example"], env: ["HOME"] });

  const excess = await rejection(
    test.host.grant("a", { net: ["c.test"], run: ["git"], env: ["HOME"] }),
  );
  assertEquals(
    [excess.code, excess.message, excess.remedy],
    [
      "PLUGIN_OPTION_INVALID",
      'Cannot grant net to "c.test", run to "git" to plugin "a": it does not ' +
      "declare that",
      'Grant a part of what it declares: net to "*.example", env to "HOME"',
    ],
  );
  assertEquals((await consentOf(test, "a"))?.undecided.env, ["HOME"]);
});

Deno.test("PluginHost.revoke() ends a plugin in this process with its dependents, until it is granted again", async () => {
  const state = new MemoryStateStore();
  const options = {
    state,
    builtins: [
      builtin("a", {}, { optionalPermissions: { net: ["*.example"] } }),
      builtin("b", {}, requires("a")),
      builtin("c", {}, { permissions: { env: ["HOME"] } }),
    ],
  };
  {
    await using test = createTestHost(options);
    await test.host.load();
    await test.host.revoke("a", { net: ["api.example"] }, { by: "bob" });
    assertEquals(["a", "b", "c"].filter((id) => test.host.get(id)), ["c"]);
    assertEquals(eventsOf(test, "permission.revoked"), [{
      plugin_id: "a",
      level: "warn",
      by: "bob",
      permissions: ['net to "api.example"'],
      effects: { a: "ended" },
    }]);
    const error = await rejection(test.host.enable("b"));
    assertEquals(error.code, "PLUGIN_DEPENDENCY_FAILED");
  }
  await using test = createTestHost(options);
  const { refused } = await test.host.load();
  assertEquals(refused.map(({ id, code }) => [id, code]), [
    ["a", "PLUGIN_PERMISSION_REVOKED"],
    ["b", "PLUGIN_DEPENDENCY_FAILED"],
  ]);
  assertEquals(
    refused[0]?.problems.map(({ message, remedy }) => [message, remedy]),
    [[
      'Cannot load plugin "a": net to "*.example" was revoked',
      'Grant it again by host.grant("a"), or by semantik-plugin consent ' +
      "grant a with --state FILE and the sources of the host " +
      "(of a builtin: --builtin --permissions JSON)",
    ]],
  );
  const consent = await consentOf(test, "a");
  assertEquals(consent?.revoked, { net: ["api.example"] });
  const { by, permissions } = consent?.revocation ?? {};
  assertEquals([by, permissions], ["bob", { net: ["api.example"] }]);
  await test.host.grant("a");
  assertEquals((await consentOf(test, "a"))?.revocation, undefined);
  await test.host.enable("b");
  assert(test.host.get("a"));
  assert(test.host.get("b"));
  assertEquals((await consentOf(test, "a"))?.revoked, {});
});

Deno.test("PluginHost.revoke() without permissions takes everything back", async () => {
  for (const consent of ["none", "required"] as const) {
    await using test = createTestHost({
      consent,
      builtins: [builtin("a", {}, NET), builtin("bare")],
    });
    if (consent === "required") await test.host.grant("a");
    await test.host.load();
    await test.host.revoke("a");
    await test.host.revoke("bare");
    assertEquals(test.host.get("a"), undefined);
    assertEquals(test.host.get("bare"), undefined);
    assertEquals(
      eventsOf(test, "plugin.consent.revoked").map((one) => one.effects),
      [{ a: "ended" }, { bare: "ended" }],
    );
    assertEquals(await kinds(test), ["a refuse", "bare refuse"]);
    assertEquals((await consentOf(test, "a"))?.agreed, undefined);
    const error = await rejection(test.host.enable("bare"));
    assertEquals(
      error.message,
      'Cannot load plugin "bare": everything was revoked',
    );
    await test.host.grant("a");
    await test.host.grant("bare");
    assert(test.host.get("a"));
    assert(test.host.get("bare"));
  }
});

Deno.test("PluginHost.revoke() takes back what was agreed to, also from files that are gone or broken", async () => {
  for (const manifest of [undefined, "{", '{"id":"a"}']) {
    await withPlugins({ a: { code: CODE, manifest: NET } }, async (folder) => {
      const state = new MemoryStateStore();
      const options = {
        sources: [folder],
        consent: "required",
        state,
      } as const;
      {
        await using test = createTestHost(options);
        await test.host.load();
        await test.host.grant("a");
      }
      const file = `${folder}/a/plugin.json`;
      const before = await Deno.readTextFile(file);
      if (manifest === undefined) await Deno.remove(file);
      else await Deno.writeTextFile(file, manifest);
      {
        await using test = createTestHost(options);
        await test.host.load();
        await test.host.revoke("a", undefined, { by: "alice" });
        const [event] = eventsOf(test, "plugin.consent.revoked");
        assertEquals([event?.plugin_id, event?.by], ["a", "alice"]);
      }
      await Deno.writeTextFile(file, before);
      await using test = createTestHost(options);
      const { refused } = await test.host.load();
      assertEquals(refused.map(({ code }) => code), [
        "PLUGIN_PERMISSION_REVOKED",
      ]);
    });
  }
});

Deno.test("PluginHost.revoke() and disable() wait for no person who is asked about another plugin", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const files = {
    a: { code: CODE, manifest: NET },
    b: { code: CODE, manifest: NET },
    c: {
      code: CODE,
      manifest: { ...NET, requires: [{ id: "b", version: "*" }] },
    },
  };
  await withPlugins(files, async (folder) => {
    let isFirst = true;
    await using test = createTestHost({
      sources: [folder],
      consent: "required",
      ask: ({ plugin: { id } }, { signal }) => {
        if (id === "b") {
          return Promise.resolve({ allow: true, remember: "always" });
        }
        if (isFirst) return Promise.resolve({ allow: false });
        asked.resolve(signal);
        return new Promise(() => {});
      },
    });
    await test.host.load();
    isFirst = false;
    const enabling = rejection(test.host.enable("a"));
    const signal = await asked.promise;
    await test.host.revoke("*", { net: true }, { by: "alice" });
    assert(signal.aborted);
    assertEquals((await enabling).code, "PLUGIN_CONSENT_MISSING");
    assertEquals(test.host.get("b"), undefined);

    // Later questions are asked again, until somebody would have to wait for them.
    await test.host.grant("*");
    assertEquals(test.host.get("b"), {});
    const last = rejection(test.host.enable("c"));
    await test.host.disable("b");
    assertEquals((await last).code, "PLUGIN_CONSENT_MISSING");
    assertEquals(test.host.get("b"), undefined);
  });
});

Deno.test("PluginHost.revoke() of all plugins is a kill switch for one permission", async () => {
  await using test = createTestHost({
    builtins: [
      builtin("a", {}, NET),
      builtin("b", {}, { permissions: { env: ["HOME"] } }),
      builtin("c", {}, MORE),
    ],
  });
  await test.host.load();
  await test.host.revoke("*", { net: true });
  assertEquals(["a", "b", "c"].filter((id) => test.host.get(id)), ["b"]);
  const { plugins: [inspected], revocation } = await test.host.inspect();
  assertEquals(revocation?.permissions, { net: true });
  assert(revocation?.at);
  assertEquals(inspected?.consent?.revocation, undefined);
  assertEquals(inspected?.consent?.revoked, { net: true });
  assertEquals(eventsOf(test, "permission.revoked"), [{
    plugin_id: "*",
    level: "warn",
    permissions: ["net as a whole"],
    effects: { a: "ended", c: "ended" },
  }]);
  const [decision] = await test.host.plan();
  assert(decision?.kind === "refuse");
  assertEquals(
    decision.problems[0]?.message,
    'Cannot load plugin "a": net to "a.example:443" was revoked of all plugins',
  );
  assertEquals(
    decision.problems[0]?.remedy,
    'Grant it again by host.grant("*"), or by semantik-plugin consent grant ' +
      "'*' with --state FILE",
  );
  // Its own yes does not outweigh the switch.
  const error = await rejection(test.host.grant("a"));
  assertEquals(error.code, "PLUGIN_PERMISSION_REVOKED");
  const part = await rejection(test.host.grant("*", { net: ["a.example"] }));
  assertEquals(
    [part.code, part.message],
    [
      "PLUGIN_PERMISSION_REVOKED",
      'Cannot grant net to "a.example" to all plugins: net as a whole was ' +
      "revoked, which is more",
    ],
  );
  await test.host.grant("*", { net: true });
  assertEquals(["a", "b", "c"].filter((id) => test.host.get(id)), [
    "a",
    "b",
    "c",
  ]);
  assertEquals(eventsOf(test, "permission.granted"), [{
    plugin_id: "*",
    level: "info",
    permissions: ["net as a whole"],
    until: "always",
  }]);
});

Deno.test("PluginHost.revoke() of everything ends all plugins, and grant() brings them back", async () => {
  await using test = createTestHost({
    builtins: [builtin("a", {}, NET), builtin("bare")],
  });
  await test.host.load();
  await test.host.revoke("*");
  assertEquals(["a", "bare"].filter((id) => test.host.get(id)), []);
  assertEquals(await kinds(test), ["a refuse", "bare refuse"]);
  const error = await rejection(test.host.enable("bare"));
  assertEquals(
    error.message,
    'Cannot load plugin "bare": everything was revoked of all plugins',
  );
  await test.host.grant("*");
  assertEquals(["a", "bare"].filter((id) => test.host.get(id)), ["a", "bare"]);
});

Deno.test("PluginHost.revoke() takes the words of a manifest", async () => {
  await withPlugins({
    a: {
      code: CODE,
      manifest: { permissions: { read: ["./models", "$DATA/cache"] } },
    },
  }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      dataDirectory: `${folder}/data`,
    });
    await test.host.load();
    await test.host.revoke("a", { read: ["models/small", "$DATA"] });
    assertEquals((await consentOf(test, "a"))?.revoked, {
      read: [`${folder}/a/models/small`, `${folder}/data/a`],
    });
    assertEquals(test.host.get("a"), undefined);
    const messages = [
      [test.host.revoke("*", { read: ["models"] }), "is relative"],
      [test.host.revoke("a", { nett: true } as object), "nett"],
      [test.host.revoke("a", {}), "no permission is named"],
      [test.host.grant("a", undefined, { by: "" }), "by"],
    ] as const;
    for (const [call, part] of messages) {
      const { code, message } = await rejection(call);
      assertEquals(code, "PLUGIN_OPTION_INVALID");
      assert(message.includes(part), message);
    }
    assertEquals(
      (await rejection(test.host.revoke("nobody"))).code,
      "PLUGIN_NOT_FOUND",
    );
  });
});

Deno.test("PluginHost ends plugins that another host on the same state took permissions from", async () => {
  const state = new MemoryStateStore();
  const options = {
    consent: "required",
    state,
    builtins: [
      builtin("a", {}, NET),
      builtin("b", {}, NET),
      builtin("c", {}, { permissions: { env: ["HOME"] } }),
    ],
  } as const;
  await using one = createTestHost(options);
  await using other = createTestHost(options);
  for (const id of ["a", "b", "c"]) await one.host.grant(id);
  await other.host.load();
  await one.host.revoke("a");
  await one.host.revoke("*", { net: true });
  // Its next change of any plugin reads the state.
  await other.host.configure("c", { depth: 1 });
  assertEquals(["a", "b", "c"].filter((id) => other.host.get(id)), ["c"]);
  await one.host.grant("*");
  await one.host.grant("a");
  await other.host.enable("a");
  await other.host.enable("b");
  assertEquals(["a", "b", "c"].filter((id) => other.host.get(id)), [
    "a",
    "b",
    "c",
  ]);
});

Deno.test("PluginHost lets nothing come back that a store lost", async () => {
  await withStateFile(async (path) => {
    const state = new FileStateStore(path);
    await using test = createTestHost({
      consent: "required",
      state,
      builtins: ["a", "b", "c", "d"].map((id) => builtin(id, {}, NET)),
    });
    for (const id of ["a", "b", "c", "d"]) await test.host.grant(id);
    const first = await Deno.readTextFile(path);
    await test.host.revoke("a");
    await test.host.revoke("b", { net: ["a.example"] });
    await test.host.revoke("*", { env: true });
    await Deno.writeTextFile(path, first);
    assertEquals(await kinds(test), [
      "a refuse",
      "b refuse",
      "c load",
      "d load",
    ]);
    const [event, ...others] = test.events()
      .filter(({ action }) => action === "host.state.reverted");
    assertEquals(others, []);
    assertEquals(
      [event?.kept_disabled, event?.kept_revoked, event?.kept_withdrawn],
      [[], ["*", "a", "b"], ["a"]],
    );
    // The next decision stores them again.
    await test.host.revoke("d");
    const now = await state.read();
    assert(now.ok);
    const { plugins } = now.snapshot;
    assertEquals(plugins.get("a")?.consent, undefined);
    assertEquals(plugins.get("b")?.revoked, { net: ["a.example"] });
    assertEquals(plugins.get("*")?.revoked, { env: true });
    assert(plugins.get("c")?.consent);
  });
});

Deno.test("PluginHost.grant() and revoke() leave nothing half when the state cannot be stored", async () => {
  const memory = new MemoryStateStore();
  let isFull = false;
  await using test = createTestHost({
    consent: "required",
    builtins: [builtin("a", {}, NET), builtin("b", {}, NET)],
    state: {
      read: () => memory.read(),
      update: (change, options) =>
        isFull
          ? Promise.reject(
            new PluginError("Cannot write", {
              code: "PLUGIN_STATE_UNWRITABLE",
              remedy: "Make room",
            }),
          )
          : memory.update(change, options),
    },
  });
  await test.host.grant("a");
  isFull = true;
  for (
    const call of [
      test.host.revoke("a"),
      test.host.revoke("*", { net: true }),
      test.host.grant("b", undefined, { by: "alice" }),
    ]
  ) {
    assertEquals((await rejection(call)).code, "PLUGIN_STATE_UNWRITABLE");
  }
  assert(test.host.get("a"));
  assertEquals(test.host.get("b"), undefined);
  assertEquals(await kinds(test), ["a load", "b refuse"]);
  assertEquals(
    test.actions().filter((action) => action.includes("failed")),
    [
      "a plugin.revoke.failed",
      "* plugin.revoke.failed",
      "b plugin.grant.failed",
    ],
  );
});
