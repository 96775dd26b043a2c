/** The limits of a plugin's process. */

import { isRecord } from "../../base/errors.ts";
import { PluginError } from "../../base/errors.ts";
import { nearestName } from "../../base/text.ts";
import { quote } from "../../base/text.ts";

/** The limits of a plugin's process. An overrun ends as `PLUGIN_LIMIT_EXCEEDED`. */
export interface SubprocessLimits {
  /**
   * Memory for data of every kind in MiB, buffers and WebAssembly included. It
   * holds on Linux if the host may run `prlimit`.
   *
   * @default {256}
   */
  readonly memory: number;
  /**
   * The JavaScript heap in MiB. It holds everywhere.
   *
   * @default {128}
   */
  readonly heap: number;
  /**
   * The number of workers that fit into the memory.
   *
   * @default {0}
   */
  readonly workers: number;
  /**
   * Open files and connections. The limit holds if the host may run `prlimit`.
   *
   * @default {256}
   */
  readonly openFiles: number;
  /**
   * Processor time of the whole process in seconds. The limit holds if the host
   * may run `prlimit`.
   *
   * @default {Infinity}
   */
  readonly cpu: number;
  /**
   * The time of one call in milliseconds. A call that takes longer is aborted, and
   * the process is killed unless the call ends then.
   *
   * @default {30_000}
   */
  readonly call: number;
  /**
   * Calls under way in each direction.
   *
   * @default {256}
   */
  readonly calls: number;
  /**
   * Messages that the host reads in one second.
   *
   * @default {20_000}
   */
  readonly messages: number;
  /**
   * Permission checks that the host answers in one second, in live mode. Further
   * ones wait.
   *
   * @default {10_000}
   */
  readonly checks: number;
  /**
   * The size of one message in MiB.
   *
   * @default {16}
   */
  readonly message: number;
  /**
   * The time for Deno to fetch the modules that a plugin brings, in milliseconds.
   *
   * @default {60_000}
   */
  readonly fetch: number;
}

export const DEFAULT_LIMITS: SubprocessLimits = Object.freeze({
  memory: 256,
  heap: 128,
  workers: 0,
  openFiles: 256,
  cpu: Infinity,
  call: 30_000,
  calls: 256,
  messages: 20_000,
  checks: 10_000,
  message: 16,
  fetch: 60_000,
});

/** The smallest and the largest value of each limit. Deno does not start with less. */
const RANGES: Readonly<
  Record<keyof SubprocessLimits, readonly [number, number]>
> = Object.freeze({
  memory: [16, 1_048_576],
  heap: [16, 1_048_576],
  workers: [0, 64],
  openFiles: [64, 1_048_576],
  cpu: [1, Infinity],
  call: [1, 2_147_483_647],
  calls: [1, 65_536],
  messages: [1, 10_000_000],
  checks: [1, 10_000_000],
  message: [1, 1_024],
  fetch: [1, 2_147_483_647],
});

const NAMES = Object.keys(RANGES);

function isLimit(name: string): name is keyof SubprocessLimits {
  return Object.hasOwn(RANGES, name);
}

function invalid(fault: string, remedy: string): PluginError {
  return new PluginError(`Cannot create a runner: ${fault}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy,
  });
}

/** Completes limits; throws `PLUGIN_OPTION_INVALID` if one is invalid. */
export function readLimits(given: unknown): SubprocessLimits {
  if (given === undefined) return DEFAULT_LIMITS;
  if (!isRecord(given)) {
    throw invalid(
      'option "limits" is not an object',
      "Pass limits by name: { memory: 256, call: 30_000 }",
    );
  }
  const limits: Record<keyof SubprocessLimits, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!isLimit(name)) {
      const near = nearestName(name, NAMES);
      throw invalid(
        `option "limits" has no limit ${quote(name)}`,
        `Pass ${near === undefined ? NAMES.join(", ") : quote(near)}`,
      );
    }
    const [least, most] = RANGES[name];
    const isWhole = Number.isInteger(value) || value === Infinity;
    if (
      typeof value !== "number" || !isWhole || value < least || value > most
    ) {
      throw invalid(
        `option "limits.${name}" is ${quote(String(value))}`,
        `Pass a whole number from ${least} to ${most}`,
      );
    }
    limits[name] = value;
  }
  return Object.freeze(limits);
}
