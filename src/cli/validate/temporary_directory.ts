/**
 * A directory that is gone afterwards, whatever was done in it.
 *
 * @module
 */

const TRIES = 5;
const PAUSE = 50;

/** Makes directories removable that whoever wrote in them locked. */
async function unlock(directory: string): Promise<void> {
  await Deno.chmod(directory, 0o700);
  for await (const { isDirectory, name } of Deno.readDir(directory)) {
    // A link is none: what it leads to is not touched.
    if (isDirectory) await unlock(`${directory}/${name}`);
  }
}

async function remove(directory: string): Promise<void> {
  for (let left = TRIES; left > 0; left--) {
    try {
      await Deno.remove(directory, { recursive: true });
      return;
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return;
      if (left === 1) throw thrown;
      if (Deno.build.os !== "windows") await unlock(directory).catch(() => {});
      // Something that is about to end may still write there.
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** A directory of temporary files. */
export class TemporaryDirectory implements AsyncDisposable {
  /** Its path, absolute and without symbolic links. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one. Needs `read` and `write` for the directory of temporary files. */
  static async create(): Promise<TemporaryDirectory> {
    const path = await Deno.makeTempDir({ prefix: "semantik-plugin-" });
    return new TemporaryDirectory(await Deno.realPath(path));
  }

  /** Removes it with all that is in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.path);
  }
}
