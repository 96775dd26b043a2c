/** Runs an application, or the tests of a plugin, and collects what plugins access. */

import { DEFAULT_IMPORT_HOSTS } from "../../permissions/permission_set.ts";
import type {
  PermissionEntry,
  PermissionSet,
} from "../../permissions/permission_set.ts";
import { normalForm } from "../../permissions/normalize_permissions.ts";
import { resolvePath } from "../../base/path.ts";
import { attribute } from "../../evidence/attribution.ts";
import type { Access } from "../../evidence/use.ts";
import { listEntries } from "../../permissions/permission_set.ts";
import { parseDenoCommand } from "../deno_command/parse_deno_command.ts";
import { isCovered } from "../validate/check_run.ts";
import { ChildProcess } from "../validate/child_process.ts";
import { withTemporaryDirectory } from "../validate/run_plugin.ts";
import { AccessCollector } from "./access_collector.ts";
import { declaredSet, type Subject } from "./subject.ts";
import { type Check, Watch } from "./watch.ts";

export interface WatchedRunOptions {
  /** The arguments of Deno. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly subjects: readonly Subject[];
  /** Returns the directory for `$DATA` of a plugin. */
  readonly dataDirectoryOf: (id: string) => string;
  readonly allowsAll: boolean;
  readonly signal: AbortSignal;
  /** The time in which it ends, in milliseconds; `undefined` for no limit. */
  readonly timeout: number | undefined;
  /** Called with what it prints; `undefined` to keep it. */
  readonly onOutput: ((text: string) => void) | undefined;
}

export interface WatchedRun {
  /** The accesses of each plugin, by its id. */
  readonly accesses: ReadonlyMap<string, readonly Access[]>;
  /** The accesses whose code is not known. */
  readonly nobodys: readonly PermissionEntry[];
  readonly status: "passed" | "failed" | "late";
  readonly stdout: string;
  readonly stderr: string;
  /** The directory of temporary files. */
  readonly temporary: string;
  /** True if what the application may do could not be read. */
  readonly isFree: boolean;
}

const MAX_NOBODYS = 1_000;

/** One plugin of a run. */
interface Watched {
  readonly subject: Subject;
  readonly collector: AccessCollector;
  readonly allowed: PermissionSet;
}

function absoluteEntry(entry: PermissionEntry, cwd: string): PermissionEntry {
  const { kind, value } = entry;
  const isPath = kind === "read" || kind === "write" || kind === "ffi";
  return isPath && value !== undefined && !value.startsWith("<")
    ? { kind, value: resolvePath(value, cwd) }
    : entry;
}

/** Returns the entry as sets hold it, or as it is if no set can. */
function normalEntry(entry: PermissionEntry): PermissionEntry {
  try {
    return listEntries(normalForm([entry]))[0] ?? entry;
  } catch {
    return entry;
  }
}

/** Decides what code may do that is not a plugin's: what the flags say. */
function rulesOf(
  args: readonly string[],
  cwd: string,
): ((entry: PermissionEntry) => boolean) | undefined {
  const { rules, unknown } = parseDenoCommand(["deno", ...args], cwd);
  if (unknown.length > 0) return undefined;
  const imports: PermissionSet = { import: DEFAULT_IMPORT_HOSTS };
  return (entry) =>
    rules.grants(normalEntry(entry)) || isCovered(entry, imports);
}

/** Runs a command of Deno, and watches it and the processes that it starts. */
export async function runWatched(
  options: WatchedRunOptions,
): Promise<WatchedRun | undefined> {
  const { args, cwd, subjects, dataDirectoryOf, allowsAll, signal } = options;
  const { timeout, onOutput } = options;
  const watched = subjects.map((subject): Watched => ({
    subject,
    collector: new AccessCollector(subject.urls),
    allowed: declaredSet(subject, dataDirectoryOf(subject.id)),
  }));
  const nobodys = new Map<string, PermissionEntry>();
  const rules = rulesOf(args, cwd);

  function note(entry: PermissionEntry): void {
    const key = JSON.stringify([entry.kind, entry.value]);
    if (nobodys.size < MAX_NOBODYS) nobodys.set(key, entry);
  }

  function decide({ entry: written, stack }: Check): boolean {
    const entry = absoluteEntry(written, cwd);
    const found = watched.map((one) => ({
      ...one,
      ...attribute(entry.kind, stack, one.subject.urls),
    }));
    const own = found.find(({ owner }) => owner.kind === "plugin");
    const isFree = allowsAll || rules === undefined || rules(entry);
    if (own !== undefined) {
      const isAllowed = allowsAll || isCovered(entry, own.allowed);
      own.collector.add(entry, own, isAllowed);
      return isAllowed;
    }
    // Deno does not say who starts a program, and a host reads variables for plugins.
    const declarers = entry.kind === "run" || entry.kind === "env"
      ? found.filter(({ owner, allowed }) =>
        (entry.kind === "run" || owner.kind === "library") &&
        allowed[entry.kind] !== undefined && isCovered(entry, allowed)
      )
      : [];
    for (const { collector, operation } of declarers) {
      const owner = { kind: "plugin", place: undefined } as const;
      collector.add(entry, { owner, operation }, true);
    }
    const isUnknown = declarers.length === 0 &&
      found.every(({ owner, operation }) =>
        owner.kind === "unknown" &&
        (operation !== "load" || entry.kind === "import")
      );
    if (isUnknown) note(entry);
    return isFree || declarers.length > 0;
  }

  return await withTemporaryDirectory(async (folder) => {
    const [first] = subjects;
    if (first === undefined) return undefined;
    await using watch = await Watch.start({ folder, urls: first.urls, decide });
    if (watch === undefined) return undefined;
    using child = new ChildProcess({
      args,
      cwd,
      env: { ...watch.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      killsTree: true,
      signal,
      onOutput: () => {},
      ...onOutput === undefined
        ? {}
        : { onText: onOutput, passesInterrupt: true },
    });
    child.closeInput();
    if (timeout !== undefined) child.setDeadline(timeout);
    const { success } = await child.wait();
    const { stdout, stderr, isLate, wasInterrupted } = child;
    return {
      accesses: new Map(
        watched.map(({ subject, collector }) => [subject.id, collector.all]),
      ),
      nobodys: [...nobodys.values()],
      status: isLate ? "late" : success || wasInterrupted ? "passed" : "failed",
      stdout,
      stderr,
      temporary: resolvePath("..", folder),
      isFree: rules === undefined,
    };
  });
}
