/** Replaces a file of the operator, one command at a time. */

import { describeThrown, quote } from "../../base/text.ts";
import { pause, TimeoutSignal } from "../../base/timing.ts";
import { replaceFile } from "../../state/replace_file.ts";
import { denoStateSystem } from "../../state/state_system.ts";
import type { CommandRun } from "../command_run.ts";
import { UsageError } from "../failure.ts";

const LOCK_TIMEOUT = 10_000;
const PAUSE = 20;
/** Readable for everybody: the file is in git, and holds no secret. */
const FILE_MODE = 0o644;

/** Returns the file that a path leads to: renaming onto a link would replace it. */
async function followLink(path: string): Promise<string> {
  try {
    const { isSymlink } = await Deno.lstat(path);
    return isSymlink ? await Deno.realPath(path) : path;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return path;
    throw thrown;
  }
}

/** Tests if an open file is still the one at a path. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [own, there] = [await file.stat(), await Deno.lstat(path)];
    return own.ino === there.ino && own.dev === there.dev;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/** Locks the file beside a file that only one command may replace at a time. */
async function lockBeside(
  target: string,
  { clock, signal }: CommandRun,
): Promise<AsyncDisposable> {
  const path = `${target}.lock`;
  using limit = new TimeoutSignal(
    clock,
    LOCK_TIMEOUT,
    () =>
      new UsageError(
        `Cannot write ${quote(target)}: another command has been writing it ` +
          `for ${LOCK_TIMEOUT / 1_000} s`,
        "Try again when it has ended",
      ),
    signal,
  );
  for (;;) {
    const file = await Deno.open(path, { write: true, create: true });
    try {
      while (!await file.tryLock(true)) {
        await pause(clock, PAUSE, limit.signal);
      }
      // The writer before may have removed the file that was waited for.
      if (await isAt(file, path)) {
        return {
          async [Symbol.asyncDispose]() {
            // Whoever is killed leaves it, and the next one takes it over.
            await Deno.remove(path).catch(() => {});
            file.close();
          },
        };
      }
      file.close();
    } catch (thrown) {
      file.close();
      throw thrown;
    }
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/**
 * Replaces a file by the text that a function makes of it, atomically: whoever
 * reads it gets the old text or the new one, also when this process is killed.
 * Needs `read` and `write` permission for the file, and for the files with
 * `.lock` and `.tmp` at the end of its name.
 *
 * @param make Returns the new text, given the present one; throws to leave it.
 */
export async function replaceText(
  run: CommandRun,
  path: string,
  make: (text: string | undefined) => string | Promise<string>,
): Promise<void> {
  try {
    const target = await followLink(path);
    await using _lock = await lockBeside(target, run);
    const text = await make(await readText(target));
    await replaceFile(
      { target, temporary: `${target}.tmp` },
      new TextEncoder().encode(text),
      FILE_MODE,
      denoStateSystem,
    );
  } catch (thrown) {
    if (
      !(thrown instanceof Error) || thrown instanceof Deno.errors.NotCapable ||
      !Object.values(Deno.errors).some((one) => thrown instanceof one)
    ) throw thrown;
    throw new UsageError(
      `Cannot write ${quote(path)}: ${describeThrown(thrown)}`,
      "Make its directory, and let this user write there",
    );
  }
}
