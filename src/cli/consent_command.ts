import { Command } from "commander";
import { errorOf, PluginError } from "../base/errors.ts";
import type { Screen } from "../base/terminal_text.ts";
import { escapeControls } from "../base/text.ts";
import type { Inspection } from "../inspect/inspector.ts";
import { dataDirectoryOf } from "../inspect/permission_needs.ts";
import type { PluginSnapshot } from "../inspect/snapshot.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { normalizePermissions } from "../permissions/normalize_permissions.ts";
import {
  entriesOf,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import {
  type ConsentDifference,
  type ConsentRules,
  type ConsentSubject,
  type Decided,
  type DecisionFacts,
  describeDifference,
  grantToEveryone,
  grantToPlugin,
  inWords,
  isEverything,
  missingConsent,
  recordOf,
  revokeFrom,
  takenPermissions,
} from "../policy/consent.ts";
import type { PluginState } from "../state/state_store.ts";
import { EVERYONE } from "../state/state_text.ts";
import {
  addChangeOptions,
  assertFindable,
  type ChangeFlags,
  type ChangeResult,
  formatChange,
  StateEditor,
} from "./change_state.ts";
import { shellWord } from "./check_command_line.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import {
  type Cell,
  formatCounts,
  formatTable,
  INDENT,
  joinLines,
  withTotal,
  wrapLine,
} from "./format.ts";
import {
  DEFAULT_DATA_DIRECTORY,
  readDeclaration,
  readHostDescription,
} from "./host_options.ts";
import { inspectorFor } from "./inspect_host.ts";
import { formatAside, formatPermissions } from "./plugin_overview.ts";

const DIGEST = [
  "--digest",
  "the host's option digestOf is treeDigest, so that changed files need a new yes",
] as const;
const DAY = "2026-01-31".length;

interface ListFlags {
  readonly json?: true;
  readonly state: string;
  readonly dataDirectory?: string;
  readonly digest?: true;
}

interface DecideFlags extends ChangeFlags {
  readonly permissions?: string;
  readonly builtin?: true;
}

/** One plugin of a state, for machines. */
interface ListedConsent {
  readonly id: string;
  /** The source; `null` if no source has the plugin. */
  readonly source: string | null;
  /** The permissions that it declares, resolved; `null` if they are unknown. */
  readonly required: PermissionSet | null;
  readonly optional: PermissionSet | null;
  readonly consent: PluginState["consent"] | null;
  /** The yes that it waits for. */
  readonly waiting: ConsentDifference | null;
  readonly revoked: PermissionSet | null;
  readonly revocation: PluginState["revocation"] | null;
}

/** Names who decided, and on which day. */
function decidedBy(
  decision: { readonly by?: string; readonly at: string } | null | undefined,
): string {
  if (!decision) return "";
  const { by = "the application", at } = decision;
  return `by ${by} on ${at.slice(0, DAY)}`;
}

function listed(
  id: string,
  facts: PluginSnapshot | undefined,
  state: PluginState | undefined,
): ListedConsent {
  return {
    id,
    source: facts?.found.source ?? null,
    required: facts?.required ?? null,
    optional: facts?.optional ?? null,
    consent: state?.consent ?? null,
    waiting: facts?.waiting ?? null,
    revoked: state?.revoked ?? null,
    revocation: state?.revocation ?? null,
  };
}

/** Lists the plugins of the sources, and those that only the state knows. */
function listAll({ snapshot, stored }: Inspection): readonly ListedConsent[] {
  const states = stored.ok ? stored.snapshot.plugins : new Map();
  const byId = new Map<string, PluginSnapshot>();
  for (const facts of snapshot.plugins) {
    if (!facts.found.ok || byId.has(facts.found.manifest.id)) continue;
    byId.set(facts.found.manifest.id, facts);
  }
  const decided = [...states.keys()].filter((id) => {
    const { consent, revoked } = states.get(id) ?? {};
    return !byId.has(id) && id !== EVERYONE &&
      (consent !== undefined || revoked !== undefined);
  });
  return [
    ...Array.from(byId, ([id, facts]) => listed(id, facts, states.get(id))),
    ...decided.map((id) => listed(id, undefined, states.get(id))),
  ];
}

function stateCell(
  { consent, required, revoked, source, waiting }: ListedConsent,
  { paint }: Screen,
): Cell {
  if (revoked !== null) return { text: "revoked", paint: paint.red };
  if (waiting !== null) return { text: "waits", paint: paint.yellow };
  if (consent !== null) return { text: "agreed", paint: paint.green };
  const isKnown = source !== null && required !== null;
  return { text: isKnown ? "needs none" : "unknown", paint: paint.dim };
}

/** Shows permissions that were revoked, briefly. */
function formatRevoked(
  revoked: PermissionSet,
  revocation: PluginState["revocation"] | null,
): string {
  const shown = isEverything(revoked)
    ? "everything"
    : formatPermissions(revoked);
  return `${shown} ${decidedBy(revocation)}`.trimEnd();
}

function belowOf(one: ListedConsent, screen: Screen): readonly string[] {
  const { consent, optional, required, revocation, revoked, waiting } = one;
  const aside = (text: string) => formatAside(escapeControls(text), screen);
  const isOptional = optional !== null && entriesOf(optional).length > 0;
  return [
    ...required === null ? [] : aside(
      `declares ${formatPermissions(required)}` +
        (isOptional ? `; optional: ${formatPermissions(optional)}` : ""),
    ),
    ...consent
      ? aside(`agreed: ${formatPermissions(consent.permissions)}`)
      : [],
    ...waiting === null ? [] : aside(`waits: ${describeDifference(waiting)}`),
    ...revoked === null
      ? []
      : aside(`revoked: ${formatRevoked(revoked, revocation)}`),
  ];
}

function formatList(
  plugins: readonly ListedConsent[],
  everyone: PluginState | undefined,
  screen: Screen,
): string {
  const { paint } = screen;
  const rows = plugins.map((one) => ({
    cells: [
      { text: one.id, paint: paint.bold },
      stateCell(one, screen),
      decidedBy(one.consent),
    ],
    below: belowOf(one, screen),
  }));
  const all = everyone?.revoked === undefined ? "" : joinLines(wrapLine(
    escapeControls(
      `Revoked of all plugins: ${
        formatRevoked(everyone.revoked, everyone.revocation)
      }`,
    ),
    screen,
  ));
  const count = (test: (one: ListedConsent) => boolean) =>
    plugins.filter(test).length;
  return withTotal(
    all + formatTable(["ID", "CONSENT", "DECIDED"], rows, screen),
    formatCounts(plugins.length, "plugin", [
      [count(({ waiting }) => waiting !== null), "waiting"],
      [count(({ revoked }) => revoked !== null), "with revoked permissions"],
    ]),
    screen,
  );
}

function formatWaiting(
  waiting: readonly ListedConsent[],
  where: string,
  screen: Screen,
): string {
  if (waiting.length === 0) return "No plugin waits for a yes\n";
  return joinLines(
    waiting.flatMap(({ id, waiting }) =>
      waiting === null ? [] : [
        ...wrapLine(
          `${screen.paint.bold(id)}: ${
            escapeControls(describeDifference(waiting))
          }`,
          screen,
        ),
        ...wrapLine(
          `${INDENT}Agree by semantik-plugin consent grant ${id} ${where}`,
          screen,
          INDENT.repeat(3),
        ),
      ]
    ),
  );
}

/** Repeats in words of a shell where the plugins and their state are. */
function whereOf(
  sources: readonly string[],
  { state, dataDirectory = DEFAULT_DATA_DIRECTORY, digest }: ListFlags,
): string {
  const directory = dataDirectory === DEFAULT_DATA_DIRECTORY
    ? []
    : ["--data-directory", dataDirectory];
  const words = [...sources, "--state", state, ...directory];
  return [...words, ...digest === true ? ["--digest"] : []].map((word) =>
    escapeControls(shellWord(word))
  ).join(" ");
}

/** Reads sources and a state, as a host would that needs consent. */
async function inspect(
  run: CommandRun,
  sources: readonly string[],
  flags: ListFlags,
): Promise<Inspection> {
  const { dataDirectory = DEFAULT_DATA_DIRECTORY, state } = flags;
  const host = await readHostDescription(
    sources,
    {
      state,
      dataDirectory,
      switches: false,
      consent: "required",
      ...flags.digest === undefined ? {} : { digest: flags.digest },
    },
    run.importModule,
  );
  const inspection = await inspectorFor(host).inspect();
  if (inspection.stored.ok) return inspection;
  const { code, message, remedy } = inspection.stored.problem;
  throw new PluginError(message, { code, remedy });
}

function everyoneIn({ stored }: Inspection): PluginState | undefined {
  return stored.ok ? stored.snapshot.plugins.get(EVERYONE) : undefined;
}

function lookCommand(
  run: CommandRun,
  name: "list" | "diff",
  outcomeOf: (inspection: Inspection, where: string) => Outcome,
): Command {
  return new Command(name)
    .argument("[source...]", "the sources of the host")
    .requiredOption("--state <file>", "the host's state file")
    .option(
      "--data-directory <dir>",
      "the host's dataDirectory, for $DATA",
      DEFAULT_DATA_DIRECTORY,
    )
    .option(...DIGEST)
    .option("--json", "print the result as JSON")
    .action((sources: readonly string[], flags: ListFlags) =>
      run.run(
        `consent ${name}`,
        flags.json,
        async () =>
          outcomeOf(
            await inspect(run, sources, flags),
            whereOf(sources, flags),
          ),
      )
    );
}

function listCommand(run: CommandRun): Command {
  return lookCommand(run, "list", (inspection) => {
    const plugins = listAll(inspection);
    const everyone = everyoneIn(inspection);
    return {
      result: { everyone: everyone ?? null, plugins },
      text: formatList(plugins, everyone, run.terminal.screen),
      exitCode: 0,
    };
  })
    .summary("list who agreed to what, and what is revoked")
    .description(
      "Lists each plugin with the permissions that it declares, those that were agreed to, by whom and when, " +
        "what it waits for, and what is revoked. Runs no plugin code.",
    );
}

function diffCommand(run: CommandRun): Command {
  return lookCommand(run, "diff", (inspection, where) => {
    const waiting = listAll(inspection)
      .filter((one) => one.waiting !== null);
    return {
      result: {
        waiting: waiting.map(({ id, waiting }) => ({ id, ...waiting })),
      },
      text: formatWaiting(waiting, where, run.terminal.screen),
      exitCode: waiting.length === 0 ? 0 : 1,
    };
  })
    .summary("show what plugins ask for and nobody agreed to")
    .description(
      'Shows each plugin that a host with consent: "required" would refuse, and the difference to what was ' +
        "agreed to, in words and, if they are short, as flags. Exits with 1 if there is one. Runs no plugin code.",
    );
}

interface DecideResult extends ChangeResult {
  /** The permissions that were agreed to or revoked, and were not so before. */
  readonly permissions: PermissionSet;
  /** The permissions that are no longer revoked. */
  readonly lifted: PermissionSet;
  /** The yes that the plugin still waits for. */
  readonly waiting: ConsentDifference | null;
}

/** A plugin, or all plugins, as a decision names them. */
interface Target {
  readonly id: string;
  readonly plugin: ReadPlugin | undefined;
  readonly subject: ConsentSubject | undefined;
}

function findTarget(
  action: "grant" | "revoke",
  editor: StateEditor,
  id: string,
  { builtin }: DecideFlags,
  permissions: PermissionSet | undefined,
): Target {
  if (id === EVERYONE) return { id, plugin: undefined, subject: undefined };
  if (builtin === true && !editor.plan.claimants.has(id)) {
    if (permissions === undefined && action === "grant") {
      throw new UsageError(
        "What a builtin declares is known to its host alone",
        "Name the permissions to agree to: --permissions JSON",
      );
    }
    return {
      id,
      plugin: undefined,
      subject: {
        origin: "builtin",
        source: `builtin:${id}`,
        required: permissions ?? {},
        optional: {},
      },
    };
  }
  const { inspection: { stored } } = editor;
  const isStored = stored.ok && stored.snapshot.plugins.has(id);
  try {
    const plugin = editor.find(action, id);
    return { id, plugin, subject: editor.inspector.subjectOf(plugin) };
  } catch (thrown) {
    // Files that are gone or cannot be read must not keep a yes in force.
    if (action === "grant" || !isStored) throw thrown;
    return { id, plugin: undefined, subject: undefined };
  }
}

async function readPermissions(
  editor: StateEditor,
  id: string,
  { permissions }: DecideFlags,
): Promise<PermissionSet | undefined> {
  if (permissions === undefined) return undefined;
  const declaration = await readDeclaration(permissions, "--permissions");
  const { inspection, plan, settings } = editor;
  const step = plan.steps[plan.places.get(id) ?? -1];
  const plugin = step === undefined ? undefined : inspection.found[step.index];
  const set = normalizePermissions(
    declaration,
    plugin?.ok
      ? {
        directory: plugin.directory,
        dataDirectory: dataDirectoryOf(settings, id),
        npmDirectories: plugin.npmDirectories ?? {},
      }
      : {},
  );
  if (entriesOf(set).length > 0) return set;
  throw new UsageError(
    "The value of --permissions names no permission",
    `Write e.g. --permissions '{"net":["api.example.com"]}', or leave it out`,
  );
}

function decide(
  action: "grant" | "revoke",
  { id, subject }: Target,
  before: PluginState | undefined,
  facts: DecisionFacts,
  rules: ConsentRules,
): Extract<Decided, { ok: true }> {
  const made = action === "revoke"
    ? revokeFrom(before, facts)
    : subject === undefined
    ? grantToEveryone(before, facts)
    : grantToPlugin(subject, {}, before, facts, rules);
  if (!made.ok) throw errorOf(id, [made.problem]);
  return made;
}

function doneOf(
  action: "grant" | "revoke",
  { id, permissions, lifted }: DecideResult,
  isChange: boolean,
): string {
  const whom = id === EVERYONE ? "all plugins" : `plugin "${id}"`;
  if (!isChange) {
    return action === "grant"
      ? `Nothing is new: this was granted to ${whom} already`
      : `Nothing is new: this was revoked of ${whom} already`;
  }
  const named = (set: PermissionSet, otherwise: string) =>
    isEverything(set)
      ? "everything"
      : entriesOf(set).length === 0
      ? otherwise
      : inWords(set);
  if (action === "revoke") {
    return `Revoked of ${whom}: ${named(permissions, "the yes to run")}`;
  }
  const back = entriesOf(lifted).length === 0 || id === EVERYONE
    ? ""
    : `; no longer revoked: ${inWords(lifted)}`;
  return `Granted to ${whom}: ${named(permissions, "to run")}${back}`;
}

const EFFECTS = {
  grant: "A host that starts takes it into account, and a running host at " +
    "its next change of any plugin.",
  revoke: "A running host takes it away at its next change of any plugin.",
} as const;

function decideCommand(
  run: CommandRun,
  action: "grant" | "revoke",
): Command {
  async function change(
    id: string,
    sources: readonly string[],
    flags: DecideFlags,
  ): Promise<Outcome> {
    if (id !== EVERYONE) assertFindable(id, sources, flags);
    using editor = await StateEditor.open(run, sources, flags, "required");
    const { inspection: { stored }, settings: { consent: rules } } = editor;
    let made: Extract<Decided, { ok: true }> | undefined;
    let target: Target | undefined;
    try {
      const permissions = await readPermissions(editor, id, flags);
      const found = target = findTarget(action, editor, id, flags, permissions);
      const at = new Date(run.clock.now()).toISOString();
      const facts = { id, permissions, by: flags.by, at };
      await editor.change(
        [id],
        ({ plugins }) => {
          made = decide(action, found, plugins.get(id), facts, rules);
          return made.isChange
            ? new Map(plugins).set(id, made.state)
            : undefined;
        },
        () => [
          eventOf(action, found, made, permissions === undefined, flags.by),
        ],
      );
    } catch (thrown) {
      const plugin = target?.plugin ?? id;
      editor.fail(`plugin.${action}.failed`, plugin, flags.by, thrown);
    }
    const record = recordOf(
      made?.state,
      stored.ok ? stored.snapshot.plugins.get(EVERYONE) : undefined,
      undefined,
    );
    const subject = target?.plugin === undefined ? undefined : target.subject;
    const waiting = subject && missingConsent(subject, record, rules);
    const taken = subject && takenPermissions(subject, record, "in-process");
    if (action === "grant" && taken?.ofEveryone === true) {
      run.note(
        `${inWords(taken.permissions)} is revoked of all plugins; give it ` +
          "back by consent grant '*'",
      );
    }
    const result: DecideResult = {
      id,
      permissions: made?.changed ?? {},
      lifted: made?.lifted ?? {},
      waiting: action === "grant" ? waiting ?? null : null,
      ...editor.result,
    };
    const { screen } = run.terminal;
    const isChange = made?.isChange === true;
    const rest = result.waiting === null ? "" : joinLines(wrapLine(
      escapeControls(`It still waits: ${describeDifference(result.waiting)}`),
      screen,
    ));
    return {
      result,
      text: formatChange(
        run,
        doneOf(action, result, isChange),
        isChange ? EFFECTS[action] : undefined,
      ) + rest,
      exitCode: result.waiting === null ? 0 : 1,
    };
  }

  return addChangeOptions(
    new Command(action)
      .argument("<id>", "the plugin, or * for all plugins")
      .argument("[source...]", "the sources of the host, to find the plugin in")
      .option("--builtin", "the plugin is in the host's code, and in no source")
      .option(
        "--permissions <json>",
        "only these permissions, as JSON or a JSON file, in the words of a manifest",
      )
      .option(
        "--data-directory <dir>",
        "the host's dataDirectory, for $DATA",
        DEFAULT_DATA_DIRECTORY,
      )
      .option(...DIGEST),
  )
    .option("--json", "print the result as JSON")
    .action((id: string, sources: readonly string[], flags: DecideFlags) =>
      run.run(
        `consent ${action}`,
        flags.json,
        () => change(id, sources, flags),
      )
    );
}

function eventOf(
  action: "grant" | "revoke",
  { id, plugin, subject }: Target,
  made: Extract<Decided, { ok: true }> | undefined,
  isWhole: boolean,
  by: string,
) {
  const who = plugin ?? id;
  const permissions = made?.changed ?? {};
  const isConsent = isWhole && id !== EVERYONE;
  if (action === "revoke") {
    return {
      action: isConsent ? "plugin.consent.revoked" : "permission.revoked",
      plugin: who,
      permissions,
      effects: {},
      by,
    } as const;
  }
  return {
    action: isConsent ? "plugin.consent.granted" : "permission.granted",
    plugin: who,
    permissions,
    ...isConsent && subject !== undefined ? { source: subject.source } : {},
    until: "always",
    by,
  } as const;
}

export function consentCommand(run: CommandRun): Command {
  return new Command("consent")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .summary("agree to plugins, revoke permissions, and list both")
    .description(
      "Agrees to what plugins declare and takes permissions back, in the state file of a host, and lists who " +
        "decided what. Runs no plugin code.",
    )
    .addCommand(listCommand(run))
    .addCommand(diffCommand(run))
    .addCommand(
      decideCommand(run, "grant")
        .summary("agree to what a plugin declares, or to a part of it")
        .description(
          "Agrees to all permissions that a plugin declares, or to those of --permissions, and gives back what was " +
            "revoked of it. With * as the id, gives back what was revoked of all plugins. Runs no plugin code.",
        ),
    )
    .addCommand(
      decideCommand(run, "revoke")
        .summary("take permissions back from a plugin, or from all")
        .description(
          "Takes all permissions of a plugin back, and the yes to run, or only those of --permissions. With * as the " +
            "id, takes them from all plugins. A running host follows at its next change of any plugin.",
        ),
    );
}
