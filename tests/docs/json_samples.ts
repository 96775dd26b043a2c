/** Command lines whose results together have every field of docs/json.md. */

import { verifyAuditLog } from "@semantik/plugins/audit";
import { writeLog, type Written } from "../cli/audit_log.ts";
import { signPlugin } from "../cli/lock/lock_folder.ts";
import { PUBLIC_KEY } from "../provenance/signing_key.ts";
import { type Files, manifest, pluginFiles } from "../cli/with_plugins.ts";

const REVOKED = [
  ["tree", "a".repeat(64)],
  ["plugin", "full@<1.0.0"],
] as const;

/** The files that the command lines need. */
export const JSON_FILES: Files = {
  ...pluginFiles(
    "full",
    {
      displayName: "Full",
      description: "Has every field",
      author: "Somebody",
      license: "MIT",
      homepage: "https://example.com/",
      entry: "./mod.ts",
      host: "^1.0.0",
      requires: [{ id: "base", version: "^1.0.0", optional: true }],
      permissions: {
        net: ["api.example:443"],
        env: ["FULL_KEY"],
        run: ["git"],
      },
      optionalPermissions: { sys: true, read: [".", "$DATA"] },
    },
    'import "jsr:@example/other@^1.0.0"; import "bare"; export default { setup() {} };',
  ),
  ...pluginFiles("base"),
  "broken/plugin.json": '{ "id": "broken" }',
  "runs/plugin.json": manifest("runs"),
  "runs/mod.ts": `export default {
    setup: () => ({ read() {} }),
    healthCheck: () => ({ status: "degraded", message: "slow" }),
  };`,
  "state.json": JSON.stringify({
    schema: 1,
    revision: 1,
    plugins: {
      base: { enabled: false },
      full: { config: { api_key_env: "FULL_KEY" } },
    },
  }),
  "decided.json": JSON.stringify({
    schema: 1,
    revision: 1,
    plugins: {
      "*": {
        revoked: { ffi: true },
        revocation: { by: "ada", at: "2026-01-02T03:04:05.000Z" },
      },
      full: {
        consent: {
          permissions: { net: ["api.example:443"] },
          source: "/elsewhere/plugin.json",
          digest: "sha256-x",
          by: "ada",
          at: "2026-01-02T03:04:05.000Z",
        },
        revoked: { net: true },
        revocation: { at: "2026-01-02T03:04:05.000Z" },
      },
      gone: { revoked: { net: true } },
    },
  }),
};

/** A command line to run with --json. */
export interface JsonSample {
  readonly command: string;
  readonly args: readonly string[];
  /** The type on the page; by default that of the command. `never` for a failure. */
  readonly type?: string;
}

const EVENTS: readonly Written[] = [
  ["full", "plugin.loaded", "info", { latency: 3, nested: { list: [1] } }],
  ["full", "plugin.failed", "error"],
];

async function append(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { append: true });
}

async function headOf(path: string): Promise<string> {
  const { head } = await verifyAuditLog(path);
  return `${head?.sequence}:${head?.hash}`;
}

/** A plugin whose accesses have every field. */
const OBSERVED = `export default {
  setup() {
    const tries = [
      () => [...Deno.readDirSync(import.meta.dirname)],
      () => Deno.env.get("SEMANTIK_NOT_SET"),
      () => Deno.statSync("/data/ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
      () => Deno.hostname(),
    ];
    for (const one of tries) try { one(); } catch { /* denied */ }
    return {};
  },
};
`;

async function* observeSamples(
  folder: string,
): AsyncGenerator<JsonSample, void, void> {
  if (Deno.build.os === "windows") return;
  const directory = `${folder}/observed/plugin`;
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(`${directory}/mod.ts`, OBSERVED);
  await Deno.writeTextFile(
    `${directory}/plugin.json`,
    manifest("observed", { permissions: { sys: true, net: ["a.example"] } }),
  );
  yield { command: "observe", args: [directory, "--no-tests"] };
  await Deno.remove(`${folder}/observed`, { recursive: true });
}

/** Returns the command lines for a folder that holds the files. */
export async function* jsonSamples(
  folder: string,
): AsyncGenerator<JsonSample, void, void> {
  const plugins = `${folder}/full`;
  yield { command: "list", args: [folder] };
  yield { command: "plan", args: [folder, `--state=${folder}/state.json`] };
  yield {
    command: "plan",
    args: [plugins, "--host-version=1.2.0", "--config=missing.json"],
    type: "never",
  };
  yield { command: "permissions", args: [folder, "--ignore-env"] };
  const line =
    `deno run --allow-write --deny-net=api.example:443 ${folder}/a.ts`;
  yield {
    command: "permissions",
    args: [plugins, "--check", "--", ...line.split(" ")],
  };
  yield { command: "validate", args: [folder] };
  await Deno.mkdir(`${folder}/scanned/plugin`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/scanned/plugin/mod.ts`,
    'import "npm:zod@4"; fetch("https://a.example/"); eval("1"); Deno.readTextFile(new URL("a", import.meta.url));\n',
  );
  yield { command: "scan", args: [`${folder}/scanned/plugin`] };
  await Deno.writeTextFile(
    `${folder}/scanned/plugin/plugin.json`,
    '{"id":"scanned","type":"reader","version":"1.0.0","permissions":{"net":["a.example"]}}',
  );
  yield { command: "scan", args: [`${folder}/scanned/plugin`] };
  await Deno.remove(`${folder}/scanned`, { recursive: true });
  yield* observeSamples(folder);
  yield* lockSamples(folder);
  const trust = ["--trust", `${folder}/trust.json`];
  const key = `${folder}/key.pub`;
  await Deno.writeTextFile(key, PUBLIC_KEY);
  yield { command: "trust init", args: trust };
  const times = ["--valid-from=2026-01-01", "--valid-until=2026-01-02"];
  const publisher = ["acme", key, "--plugins=full", ...times];
  yield { command: "trust add", args: [...publisher, ...trust] };
  yield { command: "trust operator", args: [key, ...trust] };
  for (const [what, value] of REVOKED) {
    const args = [what, value, "--reason=why", ...trust];
    yield { command: "trust revoke", args };
  }
  const written = await Deno.readTextFile(`${folder}/trust.json`);
  await Deno.writeTextFile(
    `${folder}/trust.json`,
    JSON.stringify({
      ...JSON.parse(written),
      refreshBy: "2026-01-01T00:00:00Z",
    }),
  );
  yield { command: "trust list", args: trust };
  yield { command: "validate", args: [`${folder}/runs`, "--run"] };
  yield { command: "diff", args: [`${folder}/full`, `${folder}/base`] };
  yield { command: "diff", args: [`${folder}/runs`, `${folder}/full`] };
  yield {
    command: "inspect",
    args: ["full", folder, `--state=${folder}/state.json`],
  };
  yield {
    command: "inspect",
    args: ["base", folder, `--state=${folder}/state.json`],
  };
  yield { command: "inspect", args: ["broken", folder] };
  yield { command: "health", args: [folder, "--id=runs", "--id=broken"] };
  const state = [folder, `--state=${folder}/changed.json`];
  yield { command: "disable", args: ["base", ...state] };
  yield { command: "enable", args: ["base", ...state] };
  yield { command: "configure", args: ["base", ...state, "--set=tone=1"] };
  const decided = [folder, `--state=${folder}/decided.json`];
  yield { command: "consent list", args: decided };
  yield { command: "consent diff", args: decided };
  yield { command: "consent grant", args: ["full", ...decided] };
  yield {
    command: "consent grant",
    args: ["full", ...state, '--permissions={"run":["git"]}'],
  };
  yield { command: "consent revoke", args: ["base", ...decided] };
  yield { command: "new", args: [`${folder}/made`, "--type=reader"] };
  yield { command: "schema", args: [`--out=${folder}/schema.json`] };
  yield { command: "completions", args: ["fish"] };
  yield { command: "env", args: ["--deny=HO", "HOME", "NO_SUCH_NAME"] };

  const log = `${folder}/audit.jsonl`;
  writeLog(log, EVENTS);
  await append(log, "no event\n");
  yield { command: "audit", args: [log], type: "AuditEvents" };
  yield { command: "audit", args: [log, "--summary"], type: "AuditSummary" };
  yield { command: "audit verify", args: [log] };

  const chained = `${folder}/chained.jsonl`;
  writeLog(chained, EVENTS, { chain: true });
  yield {
    command: "audit verify",
    args: [chained, `--anchor=${await headOf(chained)}`],
  };
  // Not signed by anybody, and of another chain.
  const checkpoints = `${folder}/checkpoints.jsonl`;
  const checkpoint = JSON.stringify({
    checkpoint: 1,
    log: "search",
    sequence: 1,
    hash: "0".repeat(64),
    time: "2026-01-31T12:00:00.000Z",
  });
  const signed = JSON.stringify({ checkpoint, signature: "none" });
  await Deno.writeTextFile(checkpoints, `${signed}\n`);
  await Deno.writeTextFile(`${folder}/signers`, "");
  yield {
    command: "audit verify",
    args: [
      chained,
      `--checkpoints=${checkpoints}`,
      `--signers=${folder}/signers`,
    ],
  };
  yield {
    command: "audit ship",
    args: [
      chained,
      "--host=search",
      "--to=command",
      "--",
      Deno.execPath(),
      "--version",
    ],
  };
  await append(chained, "half a li");
  yield { command: "audit verify", args: [chained] };
  await append(chained, "ne\n");
  yield { command: "audit verify", args: [chained] };
}

/** Command lines about the lock. */
async function* lockSamples(
  folder: string,
): AsyncGenerator<JsonSample, void, void> {
  const lock = ["--lock", `${folder}/plugins.lock.json`];
  const plugin = `${folder}/locked`;
  await Deno.mkdir(plugin);
  await Deno.writeTextFile(
    `${plugin}/plugin.json`,
    '{"id":"locked","displayName":"L","description":"D","type":"reader","version":"1.0.0","permissions":{"run":["git"]}}',
  );
  await Deno.writeTextFile(`${plugin}/mod.ts`, 'fetch("https://a.example");');
  await signPlugin(plugin);
  yield { command: "add", args: [plugin, "--yes", ...lock] };
  yield { command: "verify", args: [folder, "--copy", ...lock] };
  yield { command: "list", args: [plugin, ...lock] };
  await Deno.writeTextFile(`${plugin}/mod.ts`, 'eval("1");');
  yield { command: "verify", args: lock };
  yield { command: "outdated", args: lock };
  await Deno.writeTextFile(
    `${plugin}/plugin.json`,
    '{"id":"locked","type":"reader","version":"1.1.0","permissions":{"run":["sh"]}}',
  );
  yield { command: "update", args: ["--yes", ...lock] };
  yield { command: "remove", args: ["locked", "--prune", ...lock] };
  yield { command: "add", args: [plugin, "--yes", ...lock] };
  await Deno.writeTextFile(`${folder}/plugins.lock.json`, "{");
  yield { command: "verify", args: lock };
  await Deno.remove(plugin, { recursive: true });
}
