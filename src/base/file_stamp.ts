/** The size and times of a file, as the system returns them. */
export type FileTimes = Partial<
  Pick<Deno.FileInfo, "size" | "mtime" | "ctime" | "ino">
>;

/** Identifies the content of a file without reading it. */
export interface FileStamp {
  readonly text: string;
  /** True if every later change is certain to give the file another stamp. */
  readonly isSettled: boolean;
}

// The coarsest file system counts in steps of two seconds: a file that was just
// written can be written again with the same times.
const SETTLED_AFTER = 2_000;

/** Makes the stamp of a file. Call `stat` before the file is read. */
export function stampFile({ size, mtime, ctime, ino }: FileTimes): FileStamp {
  const modified = mtime?.getTime();
  // A program can set `mtime` back, and nobody `ctime`.
  const changed = ctime?.getTime();
  return {
    text: `${size} ${modified} ${changed} ${ino}`,
    isSettled: modified !== undefined && changed !== undefined &&
      Math.max(modified, changed) < Date.now() - SETTLED_AFTER,
  };
}
