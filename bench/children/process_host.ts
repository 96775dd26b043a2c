import { contract, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { subprocess } from "@semantik/plugins/subprocess";

export interface EchoPlugin {
  echo(value: unknown): Promise<unknown>;
  pid(): Promise<number>;
  /** Enters a state of `make_process_plugins.ts`. */
  enter(state: string): Promise<void>;
}

const contracts = { echo: contract<EchoPlugin>("echo", "pid", "enter") };

/** A host whose plugins run in processes of their own. */
export type ProcessHost = PluginHost<typeof contracts>;

/** Creates a host whose plugins run in processes of their own. */
export function createProcessHost(
  directory: string,
  limits: { readonly call?: number } = {},
): ProcessHost {
  return new PluginHost({
    name: "bench",
    version: "1.4.0",
    sources: [directory],
    contracts,
    runner: subprocess({ limits }),
    audit: createAuditLogger({ handlers: [] }),
  });
}

export function getEcho(host: ProcessHost, index = 0): EchoPlugin {
  const plugin = host.get(`process-${index}`, "echo");
  if (plugin === undefined) throw new Error(`process-${index} is not live`);
  return plugin;
}
