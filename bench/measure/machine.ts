/** The machine of a run, without its name. */
export interface Machine {
  readonly cores: number;
  /** The memory in bytes. */
  readonly memory: number;
  readonly system: string;
  readonly deno: string;
  readonly v8: string;
  /** The load average over the last minute. */
  readonly load: number;
}

/** Describes this machine. Needs `sys` permission. */
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
