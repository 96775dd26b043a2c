/**
 * The order in which variables that refer to each other get their values.
 *
 * @module
 */

/** Variables in the order of their values, and those that have none. */
export type DotenvOrder = Readonly<{
  /** Each name after all that it refers to. */
  order: readonly string[];
  /** The circles, each from its first variable to its last. */
  circles: readonly (readonly string[])[];
}>;

type Visit = { readonly name: string; readonly next: Iterator<string> };

/**
 * Orders variables, and finds those that refer to themselves, at once or
 * through others.
 *
 * @param references The names that each variable refers to.
 * @returns The order, and the circles.
 */
export function orderVariables(
  references: ReadonlyMap<string, readonly string[]>,
): DotenvOrder {
  const order: string[] = [];
  const circles: string[][] = [];
  const done = new Set<string>();
  // A stack of our own: a file may refer further than calls may nest.
  const path: Visit[] = [];
  const onPath = new Map<string, number>();

  function enter(name: string): void {
    onPath.set(name, path.length);
    path.push({ name, next: (references.get(name) ?? []).values() });
  }

  for (const start of references.keys()) {
    if (done.has(start)) continue;
    enter(start);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { done: isLast, value: name } = visit.next.next();
      if (isLast === true) {
        path.pop();
        onPath.delete(visit.name);
        done.add(visit.name);
        order.push(visit.name);
        continue;
      }
      const since = onPath.get(name);
      if (since !== undefined) {
        circles.push(path.slice(since).map((one) => one.name));
      } else if (!done.has(name) && references.has(name)) {
        enter(name);
      }
    }
  }
  return { order, circles };
}
