/** Hosts that decide live, at sockets that the tests may use. */

import {
  contract,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import {
  subprocess,
  type SubprocessOptions,
} from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";

export interface Thing {
  call(...args: readonly unknown[]): Promise<unknown>;
}

const CONTRACTS = { thing: contract<Thing>("call") };

/** The directory of the sockets: tools/gates/test_flags.ts grants those of a few ids. */
export const SOCKETS = `${
  Deno.realPathSync(Deno.env.get("TMPDIR") ?? "/tmp")
}/sockets`;

export function live(options: SubprocessOptions = {}) {
  return subprocess({ mode: "live", sockets: SOCKETS, ...options });
}

export type Options = Partial<PluginHostOptions<typeof CONTRACTS>>;

/** A host with real processes, and what it recorded. */
export function liveHost(folder: string, options: Options = {}) {
  const audit = collectAudit();
  const lines: string[] = [];
  const host = new PluginHost({
    name: "test",
    version: "1.0.0",
    sources: [folder],
    runner: live(),
    contracts: CONTRACTS,
    switches: false,
    audit,
    log: (_id, _level, message) => {
      lines.push(message);
    },
    ...options,
  });
  return {
    host,
    lines,
    events: () => audit.events,
    call: (id: string, ...args: readonly unknown[]) =>
      host.use(id, "thing", (thing) => thing.call(...args)),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** A plugin that runs the code it is given, and returns a message for what it throws. */
export const RUNS = `export default { setup(context) { return {
  async call(code, ...args) {
    const run = new Function("context", "args", "return (async () => {" + code + "})()");
    try { return await run(context, args); } catch (error) { return error.name + ": " + error.message; }
  } }; } };`;
