import {
  contract,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import type { Gauge } from "./gauge.ts";

const CONTRACTS = { gauge: contract<Gauge>("read") };

/** The host of the server, with the type of plugins that it knows. */
export type GaugeHost = PluginHost<typeof CONTRACTS>;

/** Options that the caller decides. */
export type GaugeHostOptions = Omit<
  Partial<PluginHostOptions>,
  "name" | "version" | "contracts"
>;

/** Creates the host of the server. It reads and runs nothing yet. */
export function createHost(options: GaugeHostOptions = {}): GaugeHost {
  return new PluginHost({
    sources: [new URL("plugins/", import.meta.url)],
    ...options,
    name: "server",
    version: "1.0.0",
    contracts: CONTRACTS,
  });
}
