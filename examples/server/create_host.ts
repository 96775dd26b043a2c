import {
  contract,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";
import type { Gauge } from "./gauge.ts";

const CONTRACTS = { gauge: contract<Gauge>("read") };

/** The plugins in a process of their own. */
const APART: ReadonlySet<string> = new Set(["hostname"]);

/** The host of the server, with the type of plugins that it knows. */
export type GaugeHost = PluginHost<typeof CONTRACTS>;

/** Options that the caller decides. */
export type GaugeHostOptions =
  & Omit<
    Partial<PluginHostOptions>,
    "name" | "version" | "contracts" | "consent" | "runner"
  >
  & {
    /**
     * The directory for the sockets of plugins in a process of their own.
     *
     * @default {undefined} that of the package
     */
    readonly sockets?: string | undefined;
  };

/** Creates the host of the server. It reads and runs nothing yet. */
export function createHost(
  { sockets, ...options }: GaugeHostOptions = {},
): GaugeHost {
  // Live mode asks the host about each access; Windows does not have it.
  const apart = Deno.build.os === "windows" ? undefined : subprocess({
    mode: "live",
    ...sockets === undefined ? {} : { sockets },
  });
  return new PluginHost({
    sources: [new URL("plugins/", import.meta.url)],
    ...options,
    name: "server",
    version: "1.0.0",
    contracts: CONTRACTS,
    // No plugin runs before a person agreed to it.
    consent: "required",
    runner: ({ id }) => APART.has(id) ? apart : undefined,
  });
}
