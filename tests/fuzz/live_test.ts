/**
 * Compares what real processes may do with a model, through grants and revocations.
 * Each case is one process.
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PluginError } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import type { PermissionDeclaration } from "@semantik/plugins/permissions";
import { live, liveHost, RUNS } from "../broker/live_host.ts";
import { withPlugins } from "../host/with_plugins.ts";
import { makeSymlink } from "../make_symlink.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

const FUZZ_RUNS = Deno.env.get("PLUGINS_FUZZ_RUNS");
const numRuns = FUZZ_RUNS === undefined ? 3 : Math.ceil(Number(FUZZ_RUNS) / 50);

const NAMES = ["K", "K1", "K12", "L"];
/** The files, and the places that they are, each below a folder. */
const FILES: ReadonlyMap<string, string> = new Map([
  ["in/file", "in/file"],
  ["in/sub/file", "in/sub/file"],
  ["out/file", "out/file"],
  ["in/link/file", "out/file"],
  ["in/back/file", "in/sub/file"],
  ["other/file", "other/file"],
]);
const PORTS = ["1", "2"];

type Kind = "read" | "env" | "net";
type Sets = Readonly<Partial<Record<Kind, readonly string[]>>>;

const VALUES: Readonly<Record<Kind, readonly string[]>> = {
  env: ["K", "K1", "K*", "K1*", "L"],
  read: ["in", "in/sub", "out", "out/file", "in/link", "in/back", "other"],
  net: ["127.0.0.1", "127.0.0.1:1", "127.0.0.1:2"],
};

function setsOf(kinds: readonly Kind[]): fc.Arbitrary<Sets> {
  return fc.record(
    Object.fromEntries(kinds.map((kind) => [
      kind,
      fc.subarray([...VALUES[kind]], { minLength: 1, maxLength: 3 }),
    ])),
    { requiredKeys: [] },
  );
}

const all = setsOf(["read", "env", "net"]);

type Step = Readonly<{ action: "grant" | "revoke"; sets: Sets }>;

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    action: fc.constantFrom("grant", "revoke"),
    sets: all.filter((sets) => Object.keys(sets).length > 0),
  }),
  { maxLength: 5 },
);

interface Case {
  readonly required: Sets;
  /** Nobody of the tests has these themselves, so that a person has to grant them. */
  readonly optional: Sets;
  readonly steps: readonly Step[];
}

const cases: fc.Arbitrary<Case> = fc.record({
  required: all,
  optional: setsOf(["env"]),
  steps,
});

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

const LINKS = [["in/link", "out"], ["in/back", "in/sub"]] as const;

function follow(path: string): string {
  const link = LINKS.find(([link]) => isUnder(path, link));
  return link === undefined ? path : link[1] + path.slice(link[0].length);
}

function covers(kind: Kind, entry: string, value: string): boolean {
  switch (kind) {
    case "env":
      return entry.endsWith("*")
        ? value.startsWith(entry.slice(0, -1))
        : value === entry;
    case "read":
      return isUnder(value, entry) || isUnder(value, follow(entry));
    case "net":
      return value === entry || value.startsWith(`${entry}:`);
  }
}

/** Tests if one entry permits all that another does, as the algebra compares them. */
function isWithin(kind: Kind, value: string, entry: string): boolean {
  if (kind !== "env") {
    return kind === "read" ? isUnder(value, entry) : covers(kind, entry, value);
  }
  return entry.endsWith("*")
    ? value.startsWith(entry.slice(0, -1))
    : value === entry;
}

/**
 * Removes what another entry covers, as sets do. A link below a revoked directory is
 * then no longer known by the place that it leads to.
 */
function withoutCovered(
  entries: readonly (readonly [Kind, string])[],
): readonly (readonly [Kind, string])[] {
  return entries.filter(([kind, value], index) =>
    !entries.some(([other, entry], at) =>
      other === kind && isWithin(kind, value, entry) &&
      (entry !== value || at < index)
    )
  );
}

/** The permissions that were declared, agreed to and revoked so far. */
class Model {
  readonly #required: Sets;
  readonly #optional: Sets;
  #agreed: readonly (readonly [Kind, string])[] = [];
  #revoked: readonly (readonly [Kind, string])[] = [];

  constructor({ required, optional }: Case) {
    this.#required = required;
    this.#optional = optional;
  }

  apply({ action, sets }: Step): void {
    const entries = entriesOf(sets);
    if (action === "revoke") {
      this.#revoked = withoutCovered([...this.#revoked, ...entries]);
      return;
    }
    this.#agreed = [...this.#agreed, ...entries];
    this.#revoked = this.#revoked.filter(([kind, value]) =>
      !entries.some(([other, entry]) =>
        other === kind && isWithin(kind, value, entry)
      )
    );
  }

  may(kind: Kind, value: string): boolean {
    const places = kind === "read"
      ? [value, FILES.get(value) ?? value]
      : [value];
    const has =
      (entries: readonly (readonly [Kind, string])[]) => (place: string) =>
        entries.some(([other, entry]) =>
          other === kind && covers(kind, entry, place)
        );
    const chosen = entriesOf(this.#optional).filter(([kind, value]) =>
      this.#agreed.some(([other, entry]) =>
        other === kind && isWithin(kind, value, entry)
      )
    );
    const agreedParts = this.#agreed.filter(([kind, value]) =>
      entriesOf(this.#optional).some(([other, entry]) =>
        other === kind && isWithin(kind, value, entry)
      )
    );
    // What is revoked by its name is gone, wherever it leads.
    const granted = [...entriesOf(this.#required), ...chosen, ...agreedParts]
      .filter(([kind, value]) =>
        !this.#revoked.some(([other, entry]) =>
          other === kind && isWithin(kind, value, entry)
        )
      );
    return places.every(has(granted)) && !places.some(has(this.#revoked));
  }
}

function entriesOf(sets: Sets): readonly (readonly [Kind, string])[] {
  return (["read", "env", "net"] as const).flatMap((kind) =>
    (sets[kind] ?? []).map((value) => [kind, value] as const)
  );
}

function inFolder(sets: Sets, folder: string): PermissionDeclaration {
  const { read, ...others } = sets;
  return read === undefined
    ? others
    : { ...others, read: read.map((path) => `${folder}/${path}`) };
}

const TRIES = `
  const [folder, names, files, ports] = args;
  const tried = {};
  const attempt = async (kind, value, run) => {
    try { await run(); tried[kind + " " + value] = true; }
    catch (error) { tried[kind + " " + value] = error.name !== "NotCapable"; }
  };
  for (const name of names) await attempt("env", name, () => Deno.env.get(name));
  for (const file of files) await attempt("read", file, () => Deno.readTextFile(folder + "/" + file));
  for (const port of ports) await attempt("net", "127.0.0.1:" + port, async () =>
    (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close());
  return tried;`;

async function run(one: Case): Promise<void> {
  await withPlugins({}, async (folder) => {
    for (const file of ["in/file", "in/sub/file", "out/file", "other/file"]) {
      const path = `${folder}/${file}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeTextFile(path, file);
    }
    for (const [link, target] of LINKS) {
      await makeSymlink(`${folder}/${target}`, `${folder}/${link}`);
    }
    await withPlugins({
      a: {
        code: RUNS,
        manifest: {
          permissions: inFolder(one.required, folder),
          optionalPermissions: inFolder(one.optional, folder),
        },
      },
    }, async (plugins) => {
      await using test = liveHost(plugins, {
        runner: live(),
        permissions: "report",
        environment: recordEnvironment(
          Object.fromEntries(NAMES.map((name) => [name, name])),
        ),
      });
      await test.host.load();
      const model = new Model(one);
      const compare = async () => {
        const tried = await test.call("a", TRIES, folder, NAMES, [
          ...FILES.keys(),
        ], PORTS);
        const expected = {
          ...Object.fromEntries(
            NAMES.map((name) => [`env ${name}`, model.may("env", name)]),
          ),
          ...Object.fromEntries(
            [...FILES.keys()].map((
              file,
            ) => [`read ${file}`, model.may("read", file)]),
          ),
          ...Object.fromEntries(
            PORTS.map((
              port,
            ) => [
              `net 127.0.0.1:${port}`,
              model.may("net", `127.0.0.1:${port}`),
            ]),
          ),
        };
        assertEquals(tried, expected);
      };
      await compare();
      for (const step of one.steps) {
        const set = inFolder(step.sets, folder);
        try {
          await test.host[step.action]("a", set);
        } catch (thrown) {
          // Part of what is granted stays revoked: then nothing changes.
          if (!(thrown instanceof PluginError) || step.action !== "grant") {
            throw thrown;
          }
          await compare();
          continue;
        }
        model.apply(step);
        await compare();
      }
    });
  });
}

/** The flags of the process that was started in between deny the port. */
const GRANTED_AGAIN: Case = {
  required: { net: ["127.0.0.1"] },
  optional: {},
  steps: [
    { action: "revoke", sets: { net: ["127.0.0.1:2"] } },
    { action: "grant", sets: { net: ["127.0.0.1:2"] } },
  ],
};

testUnless(
  withoutPosix("Unix sockets in Deno"),
  "a process may do what a model says, whatever is granted and revoked",
  () =>
    fc.assert(fc.asyncProperty(cases, run), {
      numRuns,
      examples: [[GRANTED_AGAIN]],
    }),
);
