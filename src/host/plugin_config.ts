/**
 * A plugin's configuration and environment.
 *
 * @module
 */
import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import type { HostCore } from "./core.ts";

export interface ResolvedConfig {
  readonly config: unknown;
  readonly unset: ReadonlyMap<string, string>;
}
export function resolveConfig(
  _core: HostCore,
  _plugin: ReadPlugin,
  raw: unknown,
): ResolvedConfig {
  return { config: raw ?? {}, unset: new Map() };
}
export function configProblems(
  _core: HostCore,
  _plugin: ReadPlugin,
  _configs: ReadonlyMap<string, unknown>,
): readonly Problem[] {
  return [];
}
export function environmentOf(
  _core: HostCore,
  _plugin: ReadPlugin,
): Readonly<Record<string, string>> {
  return Object.freeze({});
}
