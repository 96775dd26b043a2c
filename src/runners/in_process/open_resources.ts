/**
 * The resources that the engine holds open.
 *
 * @module
 */

/** The open resources: the name of each kind by number. */
export type ListResources = () => Readonly<Record<string, unknown>>;

/**
 * Finds the function that lists what the engine holds open. Deno keeps it among
 * its internals: without it, nothing is listed.
 *
 * @returns The function.
 */
export function findResources(): ListResources {
  const core: unknown = Reflect.get(
    Object(Reflect.get(Deno, Reflect.get(Deno, "internal"))),
    "core",
  );
  const resources: unknown = Reflect.get(Object(core), "resources");
  return typeof resources === "function"
    ? () => Reflect.apply(resources, core, [])
    : () => ({});
}
