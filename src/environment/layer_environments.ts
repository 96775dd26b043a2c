/**
 * Several sources of variables as one.
 *
 * @module
 */

import { argumentError, hasMethods } from "../base/argument.ts";
import type { Problem } from "../base/errors.ts";
import type { Environment } from "./environment.ts";

class LayeredEnvironment implements Environment {
  readonly notices: readonly Problem[];
  readonly #layers: readonly Environment[];

  constructor(layers: readonly Environment[]) {
    this.notices = Object.freeze(
      layers.flatMap(({ notices }) => notices ?? []),
    );
    this.#layers = layers;
  }

  get(name: string): string | undefined {
    for (const layer of this.#layers) {
      const value = layer.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  toRecord(): Readonly<Record<string, string>> {
    const record: Record<string, string> = Object.create(null);
    for (const layer of this.#layers.toReversed()) {
      for (const [name, value] of Object.entries(layer.toRecord())) {
        record[name] = value;
      }
    }
    return record;
  }

  supplies(name: string): boolean {
    return this.#layers.some((layer) => layer.supplies(name));
  }

  permits(name: string): boolean {
    return this.supplies(name) ||
      this.#layers.every((layer) => layer.permits(name));
  }
}

/**
 * Joins sources of variables: a variable is taken from the first of them that
 * has it. Set to nothing (`A=`) is set.
 *
 * @example What the process sets wins over the file
 * ```ts
 * import {
 *   layerEnvironments,
 *   recordEnvironment,
 * } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const environment = layerEnvironments(
 *   recordEnvironment({ MODEL: "large" }),
 *   recordEnvironment({ MODEL: "small", REGION: "eu" }),
 * );
 *
 * assertEquals(environment.get("MODEL"), "large");
 * assertEquals(environment.get("REGION"), "eu");
 * ```
 *
 * @param environments The sources, the one that wins first.
 * @returns All of them as one.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when one is not an environment.
 */
export function layerEnvironments(
  ...environments: readonly Environment[]
): Environment {
  for (const one of environments) {
    if (hasMethods(one, "get", "toRecord", "supplies", "permits")) continue;
    throw argumentError(one, {
      action: "layer environments",
      expected: "an environment",
      remedy:
        'Give each by itself, as in layerEnvironments(processEnvironment(), readDotenv(".env"))',
    });
  }
  return Object.freeze(new LayeredEnvironment([...environments]));
}
