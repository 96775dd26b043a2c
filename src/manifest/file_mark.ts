/**
 * A mark by which a file that was read is known to be the same still.
 *
 * @module
 */

/** The size and times of a file, as the system gives them. */
export type FileTimes = Partial<
  Pick<Deno.FileInfo, "size" | "mtime" | "ctime" | "ino">
>;

/** Identifies the content of a file at one time. */
export interface FileMark {
  /** Its size, its times and its number. */
  readonly text: string;
  /** Set when every later change is sure to give it another mark. */
  readonly isSettled: boolean;
}

// The coarsest clock of a file system counts in steps of two seconds: a file
// that was written just now can be written again with the same times.
const SETTLED_AFTER = 2_000;

/**
 * Makes the mark of a file. Ask the system before the file is read.
 *
 * @param info What the system says of it.
 * @returns The mark.
 */
export function markFile({ size, mtime, ctime, ino }: FileTimes): FileMark {
  const modified = mtime?.getTime();
  // A program may set the one time back, and nobody the other.
  const changed = ctime?.getTime();
  return {
    text: `${size} ${modified} ${changed} ${ino}`,
    isSettled: modified !== undefined && changed !== undefined &&
      Math.max(modified, changed) < Date.now() - SETTLED_AFTER,
  };
}
