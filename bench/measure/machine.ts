/**
 * The machine that was measured on, without its name.
 *
 * @module
 */

/** A machine. */
export interface Machine {
  /** How many processors it has. */
  readonly cores: number;
  /** Its memory, in bytes. */
  readonly memory: number;
  /** Its system. */
  readonly system: string;
  /** The version of Deno. */
  readonly deno: string;
  /** The version of V8. */
  readonly v8: string;
  /** How busy it was when it was asked: processes that want to run, over a minute. */
  readonly load: number;
}

/**
 * Says what machine this is. Needs `sys` permission.
 *
 * @returns The machine.
 */
export function describeMachine(): Machine {
  return {
    cores: navigator.hardwareConcurrency,
    memory: Deno.systemMemoryInfo().total,
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    load: Deno.loadavg()[0] ?? 0,
  };
}
