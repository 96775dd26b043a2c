import { PARTIAL_PREFIX } from "./replace_vendor.ts";

const NAME_REGEXP = new RegExp(`^${RegExp.escape(PARTIAL_PREFIX)}(?<pid>\\d+)`);

/** Removes partial folders that killed runs left beside the vendor folder. */
export async function sweepPartials(
  root: string,
  isAlive: (pid: number) => boolean,
): Promise<string[]> {
  const removed: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    const pid = NAME_REGEXP.exec(name)?.groups?.pid;
    if (!isDirectory || pid === undefined || isAlive(Number(pid))) continue;
    try {
      await Deno.remove(`${root}/${name}`, { recursive: true });
      removed.push(name);
    } catch (error) {
      // Another run may have removed it.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return removed;
}
