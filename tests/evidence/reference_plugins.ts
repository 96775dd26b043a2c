/** Plugins whose true needs are known. `config` names folders and ports of a test. */

import type { Declared } from "../../src/evidence/manifest_diff.ts";

/** What the test gives to each plugin. */
export interface Surroundings {
  /** A folder with the files 0 to 9. */
  readonly folder: string;
  /** The port of a server on this machine. */
  readonly port: number;
}

export interface ReferencePlugin {
  readonly id: string;
  /** The body of setup, which has `context` and `config`. */
  readonly setup: string;
  /** Other files, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** The members of the plugin besides setup. */
  readonly rest?: string;
  readonly needs: (surroundings: Surroundings) => Partial<Declared>;
}

/** A secret in a query and a password, which no output may show. */
export const PLANTED = "planted-4f9c1e7d";

export const REFERENCE_PLUGINS: readonly ReferencePlugin[] = [
  { id: "silent", setup: "", needs: () => ({}) },
  {
    id: "reader",
    setup: `Deno.readTextFileSync(config.folder + "/0");
      await Deno.stat(config.folder + "/1");
      Deno.readTextFileSync(import.meta.dirname + "/own.txt");
      const { readFile } = await import("node:fs/promises");
      await readFile(config.folder + "/2");`,
    files: { "own.txt": "" },
    needs: ({ folder }) => ({
      permissions: { read: [`${folder}/0`, `${folder}/1`, `${folder}/2`] },
    }),
  },
  {
    id: "lister",
    setup: `await Array.fromAsync(Deno.readDir(config.folder));
      Deno.readTextFileSync(config.folder + "/3");`,
    needs: ({ folder }) => ({ permissions: { read: [folder] } }),
  },
  {
    id: "collector",
    setup:
      `for (let at = 0; at < 9; at++) Deno.readTextFileSync(config.folder + "/" + at);`,
    needs: ({ folder }) => ({ permissions: { read: [folder] } }),
  },
  {
    id: "writer",
    setup: `await Deno.mkdir(context.dataDir + "/deep", { recursive: true });
      Deno.writeTextFileSync(context.dataDir + "/deep/state", "x");
      Deno.readTextFileSync(context.dataDir + "/deep/state");
      Deno.writeTextFileSync(import.meta.dirname + "/cache.json", "{}");`,
    needs: () => ({
      permissions: { read: ["$DATA"], write: ["$DATA", "./cache.json"] },
    }),
  },
  {
    id: "client",
    setup:
      `await (await fetch("http://user:${PLANTED}@127.0.0.1:" + config.port + "/x?token=${PLANTED}")).body.cancel();
      (await Deno.connect({ hostname: "127.0.0.1", port: config.port })).close();`,
    needs: ({ port }) => ({ permissions: { net: [`127.0.0.1:${port}`] } }),
  },
  {
    id: "variables",
    setup: `if (context.env.PATH === undefined) throw new Error("unset");
      context.env.SEMANTIK_NOT_SET_1;
      Deno.env.get("DENO_DIR");
      Deno.env.get("SEMANTIK_NOT_SET_2");`,
    needs: () => ({
      permissions: { env: ["DENO_DIR", "PATH"] },
      optionalPermissions: {
        env: ["SEMANTIK_NOT_SET_1", "SEMANTIK_NOT_SET_2"],
      },
    }),
  },
  {
    id: "system",
    setup: `Deno.hostname(); const os = await import("node:os"); os.cpus();`,
    needs: () => ({ permissions: { sys: ["cpus", "hostname"] } }),
  },
  {
    id: "native",
    setup:
      `try { Deno.dlopen(import.meta.dirname + "/none.so", {}); } catch (error) {
        if (error instanceof Deno.errors.NotCapable) throw error;
      }`,
    needs: () => ({ permissions: { ffi: ["./none.so"] } }),
  },
  {
    id: "remote",
    setup: `await import("http://127.0.0.1:" + config.port + "/remote.js");`,
    needs: ({ port }) => ({ permissions: { import: [`127.0.0.1:${port}`] } }),
  },
  {
    id: "starter",
    setup: `new Deno.Command("true").outputSync();
      await new Deno.Command("sleep", { args: ["0"] }).output();`,
    needs: () => ({ permissions: { run: ["sleep", "true"] } }),
  },
  {
    id: "late",
    setup: `await new Promise((done) => setTimeout(done, 0));
      await Promise.all([4, 5].map(async (at) => {
        await 0;
        Deno.readTextFileSync(config.folder + "/" + at);
      }));
      globalThis.lateFolder = config.folder;`,
    rest:
      `healthCheck() { Deno.statSync(globalThis.lateFolder + "/6"); return true; },
       dispose() { Deno.statSync(globalThis.lateFolder + "/7"); },`,
    needs: ({ folder }) => ({
      permissions: {
        read: [4, 5, 6, 7].map((at) => `${folder}/${at}`),
      },
    }),
  },
  {
    id: "bringer",
    setup: `const { read } = await import("./node_modules/dep/mod.js");
      read(config.folder + "/8");`,
    files: {
      "node_modules/dep/mod.js":
        `export function read(path) { Deno.readTextFileSync(path); Deno.readTextFileSync(new URL("./data.txt", import.meta.url)); }`,
      "node_modules/dep/data.txt": "",
    },
    needs: ({ folder }) => ({ permissions: { read: [`${folder}/8`] } }),
  },
];

/** Returns the files of a plugin that declares these permissions. */
export function filesOf(
  { id, setup, files = {}, rest = "" }: ReferencePlugin,
  declared: Partial<Declared>,
): Readonly<Record<string, string>> {
  const manifest = { id, type: "reference", version: "1.0.0", ...declared };
  const all: Readonly<Record<string, string>> = {
    "plugin.json": `${JSON.stringify(manifest, undefined, 2)}\n`,
    "mod.ts": `export default {
  async setup(context) {
    const { config } = context;
    ${setup}
    return {};
  },
  ${rest}
};
`,
    ...files,
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, text]) => [`${id}/${name}`, text]),
  );
}
