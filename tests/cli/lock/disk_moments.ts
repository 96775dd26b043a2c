/** Watches the changes that commands make on the disk, and ends them at one. */

/** A change of the disk; half of a write is one, too. */
export type Moment =
  | "mkdir"
  | "write file"
  | "half a file"
  | "rename directory"
  | "remove directory"
  | "rename"
  | "remove"
  | "open"
  | "write"
  | "half"
  | "sync";

/**
 * Calls a function before each change, until the end of the scope.
 *
 * @param isLast Returns true at the last moment, of which half is done if it is
 * half of a write.
 * @param die Ends the program, or throws; nothing is changed after that.
 */
export function watchDisk(
  isLast: (moment: Moment) => boolean,
  die: () => never,
): Disposable {
  const {
    mkdirSync,
    writeFileSync,
    renameSync,
    removeSync,
    rename,
    remove,
    open,
  } = Deno;
  const functions = {
    mkdirSync,
    writeFileSync,
    renameSync,
    removeSync,
    rename,
    remove,
    open,
  };
  const file = Deno.FsFile.prototype;
  const { write, sync } = file;
  let isOver = false;
  const reach = (moment: Moment, half: () => void = () => {}) => {
    if (isOver) die();
    if (!isLast(moment)) return;
    isOver = true;
    half();
    die();
  };
  Object.assign(Deno, {
    mkdirSync(...given: Parameters<typeof mkdirSync>) {
      reach("mkdir");
      mkdirSync(...given);
    },
    writeFileSync(
      path: string,
      bytes: Uint8Array,
      options: Deno.WriteFileOptions,
    ) {
      reach("write file");
      reach("half a file", () => {
        writeFileSync(path, bytes.subarray(0, bytes.length / 2), options);
      });
      writeFileSync(path, bytes, options);
    },
    renameSync(...given: Parameters<typeof renameSync>) {
      reach("rename directory");
      renameSync(...given);
    },
    removeSync(...given: Parameters<typeof removeSync>) {
      reach("remove directory");
      removeSync(...given);
    },
    async rename(...given: Parameters<typeof rename>) {
      reach("rename");
      await rename(...given);
    },
    async remove(...given: Parameters<typeof remove>) {
      reach("remove");
      await remove(...given);
    },
    async open(path: string, options: Deno.OpenOptions = {}) {
      if (options.write === true) reach("open");
      return await open(path, options);
    },
  });
  Object.assign(file, {
    async write(this: Deno.FsFile, bytes: Uint8Array) {
      reach("write");
      reach("half", () => {
        this.writeSync(bytes.subarray(0, bytes.length / 2));
      });
      return await write.call(this, bytes);
    },
    async sync(this: Deno.FsFile) {
      reach("sync");
      await sync.call(this);
    },
  });
  return {
    [Symbol.dispose]() {
      Object.assign(Deno, functions);
      Object.assign(file, { write, sync });
    },
  };
}
