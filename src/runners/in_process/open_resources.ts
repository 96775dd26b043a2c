/** Lists the open resources of the engine: their names by number. */
export type ListResources = () => Readonly<Record<string, unknown>>;

/** Finds that function among the internals of Deno; without it, nothing is listed. */
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
