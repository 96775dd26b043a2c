/** The attacks of the scorecard, and what each must come to in each tier. */

/** The ways in which a plugin runs. */
export const TIERS = [
  "in process",
  "subprocess",
  "live",
  "bubblewrap",
] as const;

export type Tier = typeof TIERS[number];

/** The result of an attack; `-` if it cannot be tried. */
export type Verdict = "contained" | "leaks" | "host dies" | "host hangs" | "-";

export interface Attack {
  /** The file in `attacks/`, without its extension. */
  readonly name: string;
  readonly title: string;
  /** The permissions that its manifest declares. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>;
  /** Other files of the plugin, or that file. */
  readonly files?: Readonly<Record<string, string>>;
  /** True if only a limit ends it. */
  readonly isEndless?: true;
  /** The verdict in each tier. */
  readonly expected: Readonly<Record<Tier, Verdict>>;
}

function verdicts(
  inProcess: Verdict,
  subprocess: Verdict,
  bubblewrap: Verdict = subprocess,
): Readonly<Record<Tier, Verdict>> {
  // What holds by flags must hold live.
  return { "in process": inProcess, subprocess, live: subprocess, bubblewrap };
}

const LEAKS = verdicts("leaks", "contained");
const DIES = verdicts("host dies", "contained");
const HANGS = verdicts("host hangs", "contained");
const CONTAINED = verdicts("contained", "contained");
const ONLY_APART = verdicts("-", "contained");

// Its path is right in the folder of the attack alone.
const STATIC_TEXT_IMPORT = `
import secret from "../../../outside/secret.txt" with { type: "text" };
export default () => secret;`;

type Row = readonly [string, string, Attack["expected"], Partial<Attack>?];

/** The attacks, by what they are after. */
const GROUPS: Readonly<Record<string, readonly Row[]>> = {
  "The host's progress": [
    ["loop", "loops for ever", HANGS, { isEndless: true }],
    ["microtasks", "queues microtasks for ever", HANGS, { isEndless: true }],
    ["block", "blocks its thread", HANGS, { isEndless: true }],
    ["stop", "stops its process", HANGS, { isEndless: true }],
    ["heap", "fills the heap", DIES],
    ["buffers", "allocates 1 GiB of buffers", LEAKS],
    ["wasm", "allocates 1 GiB for WebAssembly", LEAKS],
    ["workers", "starts workers that never end", LEAKS],
    ["open_files", "opens 2,000 files", LEAKS],
    ["recursion", "overflows the stack", CONTAINED],
    ["exit", "calls `Deno.exit`", DIES],
    ["abort", "calls `process.abort`", DIES],
    ["kill_host", "kills the process of the host", DIES],
    ["late_rejection", "leaves a rejection unhandled", CONTAINED],
    ["late_throw", "throws in a timer", CONTAINED],
    ["top_level", "never finishes its top level", CONTAINED],
    ["trap_signal", "traps `SIGTERM`", LEAKS],
    ["exit_code", "sets the exit code", LEAKS],
  ],
  "Secrets and files": [
    ["environment", "reads a variable that it does not declare", LEAKS],
    ["proc", "reads `/proc` of the host", CONTAINED, {
      permissions: { read: ["/proc"] },
    }],
    ["read_file", "reads a file that it does not declare", LEAKS],
    ["chdir", "changes the directory, and reads a relative path", LEAKS],
    ["comma_path", "declares a path with a comma", ONLY_APART, {
      permissions: { read: ["./a,/"] },
    }],
    ["link", "reads through a link in its directory", LEAKS],
    ["make_link", "makes a link in its data directory", CONTAINED, {
      permissions: { read: ["$DATA"], write: ["$DATA"] },
    }],
    ["data_import", "reads a file by a `data:` module", LEAKS],
    ["text_import", "imports a file as text", LEAKS],
    ["static_text_import", "imports a file as text, statically", LEAKS, {
      files: { "attack.js": STATIC_TEXT_IMPORT },
    }],
    ["bundle", "enables `Deno.bundle` by its own `deno.json`", CONTAINED, {
      files: { "deno.json": '{ "unstable": ["bundle"] }' },
    }],
    ["sqlite", "attaches a database", CONTAINED],
    ["write_file", "writes a file that it does not declare", LEAKS],
    ["other_data", "reads the data of another plugin", LEAKS],
    ["other_storage", "reads the local storage of another plugin", LEAKS],
    [
      "fill_disk",
      "writes into the Cache API, without a limit",
      verdicts("leaks", "leaks", "contained"),
    ],
    [
      "inherited",
      "reads a pipe that the host was started with",
      verdicts("leaks", "leaks"),
    ],
    [
      "host_facts",
      "learns the working directory and the path of Deno",
      verdicts("leaks", "leaks"),
    ],
  ],
  "More permissions": [
    ["request", "asks for a permission", LEAKS],
    ["revoke", "revokes a permission of the host", LEAKS],
    ["run", "starts a program", LEAKS],
    ["run_by_name", "starts its own program by a declared name", CONTAINED, {
      permissions: { run: ["true"] },
      files: { "true": "#!/bin/sh\nexit 7\n" },
    }],
    ["ffi", "loads a native library", LEAKS],
    ["worker_permissions", "reads a file in a worker", LEAKS],
    ["inspector", "opens the inspector", LEAKS],
    ["system", "reads the name of the machine", LEAKS],
    ["network", "connects, resolves a name, listens", LEAKS],
    ["remote_import", "puts a secret into an import from a server", LEAKS],
  ],
  "The host and other plugins": [
    ["other_object", "changes the object of a plugin that it uses", LEAKS],
    ["patch_globals", "replaces built-ins in a method", LEAKS],
    ["patch_globals_early", "replaces built-ins at import", DIES],
    ["proto_result", "returns an object with `__proto__`", CONTAINED],
    [
      "odd_methods",
      "has a getter, and methods named `constructor` and `toJSON`",
      CONTAINED,
    ],
    ["audit_forgery", "forges an event of the trail", CONTAINED],
    ["audit_flood", "writes huge details into the trail", CONTAINED],
    ["log_flood", "logs 200,000 lines", LEAKS, { isEndless: true }],
    ["print", "prints to the standard output of the host", LEAKS],
    ["print_flood", "prints without end", LEAKS, { isEndless: true }],
    ["stdin", "reads the standard input of the host", LEAKS, {
      isEndless: true,
    }],
    ["stolen_mark", "sends messages with the mark of the session", ONLY_APART],
    ["giant_frame", "announces a message of 2 GiB", ONLY_APART],
    [
      "check_flood",
      "asks for permissions without end",
      HANGS,
      { isEndless: true },
    ],
    ["host_socket", "connects to the socket of its host", ONLY_APART, {
      permissions: { env: ["DENO_PERMISSION_BROKER_PATH"] },
    }],
    ["deep_frame", "nests a message 8,000,000 levels deep", ONLY_APART],
  ],
};

/** Lists the names of the attacks of a group. */
export function namesIn(heading: keyof typeof GROUPS): readonly string[] {
  return (GROUPS[heading] ?? []).map(([name]) => name);
}

/** The attacks that go on when the host is gone; each writes into a file. */
const OUTLIVING: readonly Row[] = [
  ["heartbeat_idle", "stays when the host is killed", ONLY_APART, {
    permissions: { write: ["$HEARTBEAT"] },
  }],
  ["heartbeat_busy", "stays when the host is killed, and is busy", ONLY_APART, {
    permissions: { write: ["$HEARTBEAT"] },
  }],
  [
    "heartbeat_child",
    "starts a program that outlives it (declared)",
    verdicts("leaks", "leaks", "contained"),
    { permissions: { write: ["$HEARTBEAT"], run: ["$DENO"] } },
  ],
];

function attackOf([name, title, expected, more]: Row): Attack {
  return Object.freeze({ name, title, expected, ...more });
}

export const ATTACKS: readonly Attack[] = Object.values(GROUPS).flat()
  .map(attackOf);

export const OUTLIVING_ATTACKS: readonly Attack[] = OUTLIVING.map(attackOf);

const HEADINGS: ReadonlyMap<string, readonly Attack[]> = new Map([
  ...Object.entries(GROUPS).map(([heading, rows]) =>
    [heading, rows.map(attackOf)] as const
  ),
  ["After the end", OUTLIVING_ATTACKS],
]);

/** Formats verdicts as the tables of `docs/security.md`. */
export function formatScorecard(
  verdictOf: (attack: Attack, tier: Tier) => Verdict,
): string {
  return [...HEADINGS].map(([heading, attacks]) => {
    const rows = [
      ["the plugin", ...TIERS],
      ...attacks.map((attack) => [
        attack.title,
        ...TIERS.map((tier) => verdictOf(attack, tier)),
      ]),
    ];
    const widths = ["", ...TIERS].map((_, column) =>
      Math.max(...rows.map((row) => row[column]?.length ?? 0))
    );
    const lines = rows.map((row) =>
      `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`
    );
    const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
    return [`### ${heading}`, "", lines[0], rule, ...lines.slice(1)].join("\n");
  }).join("\n\n");
}
