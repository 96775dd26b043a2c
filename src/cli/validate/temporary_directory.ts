const TRIES = 5;
const PAUSE = 50;

/** Restores the permissions that are needed to remove a directory. */
async function unlock(directory: string): Promise<void> {
  await Deno.chmod(directory, 0o700);
  for await (const { isDirectory, name } of Deno.readDir(directory)) {
    // Symbolic links are not directories here, so their targets stay untouched.
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
      // A process that is about to end may still write there.
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** A temporary directory, removed on dispose whatever happened in it. */
export class TemporaryDirectory implements AsyncDisposable {
  /** The absolute path, without symbolic links. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<TemporaryDirectory> {
    const path = await Deno.makeTempDir({ prefix: "semantik-plugin-" });
    return new TemporaryDirectory(await Deno.realPath(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.path);
  }
}
