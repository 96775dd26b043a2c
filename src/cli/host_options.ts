/**
 * What an operator says of the host that plugins are judged for.
 *
 * @module
 */

import type { Command } from "commander";
import { isRecord } from "../base/argument.ts";
import { AuditHandler } from "../audit/audit_handler.ts";
import { createAuditLogger } from "../audit/audit_logger.ts";
import { rotatedPath } from "../audit/log_files.ts";
import type { PluginHostOptions } from "../host/options.ts";
import { isVersion } from "../manifest/version.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import { resolvePath } from "../base/path.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import { FileStateStore } from "../state/file_state_store.ts";
import { quote } from "../base/text.ts";
import { readJsonFile } from "./read_json_file.ts";
import { UsageError } from "./usage_error.ts";

/** The options of a host on the command line, as they were written. */
export interface HostFlags {
  readonly hostVersion?: string;
  readonly hostPermissions?: string;
  readonly dataDirectory?: string;
  readonly config?: string;
  readonly state?: string;
  readonly auditLog?: string;
  readonly auditFiles?: string;
  /** False when `--no-switches` stands there. */
  readonly switches?: boolean;
}

/** Where `$DATA` is taken to be when nobody says it. */
export const DEFAULT_DATA_DIRECTORY = "./plugin_data";

const NAME = "semantik-plugin";
const MAX_AUDIT_FILES = 1_000;

/**
 * Adds the options of a host to a command.
 *
 * @param command The command.
 * @returns The same command.
 */
export function addHostOptions(command: Command): Command {
  return command
    .option("--host-version <version>", "the version of the host application")
    .option(
      "--host-permissions <json>",
      "what the application itself needs, as its hostPermissions: JSON, or a file of it",
    )
    .option(
      "--data-directory <dir>",
      "the host's dataDirectory, for $DATA",
      DEFAULT_DATA_DIRECTORY,
    )
    .option("--config <file>", "a JSON file with the configuration of each id")
    .option("--state <file>", "the file that the host keeps its state in")
    .option("--audit-log <file>", "the file that the host writes its audit to")
    .option("--audit-files <count>", "how many files the audit is rotated to")
    .option("--no-switches", "the host has the option switches: false");
}

function isDeclaration(value: unknown): value is PermissionDeclaration {
  return checkDeclaration(value).length === 0;
}

async function readHostPermissions(
  text: string,
): Promise<PermissionDeclaration> {
  const option = "--host-permissions";
  let value: unknown;
  if (text.trimStart().startsWith("{")) {
    try {
      value = JSON.parse(text);
    } catch {
      throw new UsageError(
        `The value of ${option} is not JSON`,
        `Write e.g. ${option}='{"net":["0.0.0.0:8000"]}'`,
      );
    }
  } else {
    value = await readJsonFile(text, option);
  }
  if (isDeclaration(value)) return value;
  const [problem] = checkDeclaration(value, "");
  throw new UsageError(
    `The value of ${option} cannot be used: ${problem?.message ?? ""}`,
    problem?.remedy ?? `Write an object of ${PERMISSION_KINDS.join(", ")}`,
  );
}

async function readConfig(
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJsonFile(path, "--config");
  if (isRecord(value)) return value;
  throw new UsageError(
    `The file ${quote(path)} of --config holds no object`,
    'Write the configuration of each plugin by its id: { "id": { } }',
  );
}

function auditFileCount(written: string | undefined): number {
  if (written === undefined) return 1;
  const count = Number(written);
  if (Number.isInteger(count) && count > 0 && count <= MAX_AUDIT_FILES) {
    return count;
  }
  throw new UsageError(
    `The value of --audit-files is ${quote(written)}`,
    `Give a whole number from 1 to ${MAX_AUDIT_FILES}`,
  );
}

/** Takes events nowhere, and says which files the host's trail would use. */
class PlannedLog extends AuditHandler {
  readonly #files: readonly string[];

  constructor(files: readonly string[]) {
    super();
    this.#files = files;
  }

  override get files(): readonly string[] {
    return this.#files;
  }

  write(): void {}
}

function auditFiles(flags: HostFlags): readonly string[] {
  const { auditLog } = flags;
  if (auditLog === undefined) return [];
  const path = resolvePath(auditLog, Deno.cwd());
  const rotated = Array.from(
    { length: auditFileCount(flags.auditFiles) },
    (_, index) => rotatedPath(path, index),
  );
  return [...rotated, `${path}.lock`];
}

/**
 * Reads the options of a host.
 *
 * @param sources Where its plugins come from.
 * @param flags The options as they were written.
 * @returns Options for a host that only plans: it keeps no audit trail.
 * @throws {UsageError} when an option cannot be used.
 */
export async function readHostOptions(
  sources: readonly string[],
  flags: HostFlags,
): Promise<PluginHostOptions> {
  const { hostVersion, hostPermissions, dataDirectory, config, state } = flags;
  if (hostVersion !== undefined && !isVersion(hostVersion)) {
    throw new UsageError(
      `The value of --host-version is ${quote(hostVersion)}`,
      "Write a semantic version, e.g. 1.4.0",
    );
  }
  return {
    name: NAME,
    version: hostVersion ?? "0.0.0",
    sources,
    dataDirectory: dataDirectory ?? DEFAULT_DATA_DIRECTORY,
    switches: flags.switches ?? true,
    audit: createAuditLogger({
      handlers: [new PlannedLog(auditFiles(flags))],
    }),
    ...hostPermissions === undefined
      ? {}
      : { hostPermissions: await readHostPermissions(hostPermissions) },
    ...config === undefined ? {} : { config: await readConfig(config) },
    ...state === undefined ? {} : { state: new FileStateStore(state) },
  };
}
