/** The real file system, with a word before and in each of its steps. */

import type { StateFileHandle, StateSystem } from "@semantik/plugins/state";
import { denoStateSystem } from "../../src/state/state_system.ts";

/** The steps of a change of a state file, in order. */
export const WRITE_STEPS = [
  "lstat file",
  "open lock",
  "tryLock lock",
  "stat file",
  "open file",
  "read file",
  "close file",
  "remove temporary",
  "open temporary",
  "write temporary",
  "sync temporary",
  "close temporary",
  "rename temporary",
  "open directory",
  "sync directory",
  "close directory",
  "unlock lock",
  "close lock",
] as const;

/** Hears of each step before it is taken; a throw takes its place. */
export type Watcher = (step: string) => void;

function roleOf(path: string, main: string): string {
  const rest = path.startsWith(main) ? path.slice(main.length) : undefined;
  if (rest === "") return "file";
  if (rest === ".lock") return "lock";
  return rest === ".tmp" ? "temporary" : "directory";
}

function watchFile(
  file: StateFileHandle,
  role: string,
  watch: Watcher,
): StateFileHandle {
  return {
    async read(buffer) {
      watch(`read ${role}`);
      // In small parts, as a slow disk may.
      return await file.read(buffer.subarray(0, 64));
    },
    async write(bytes) {
      const half = Math.ceil(bytes.length / 2);
      const count = await file.write(bytes.subarray(0, half));
      // The first half is in the file by now.
      watch(`write ${role}`);
      return count;
    },
    async sync() {
      watch(`sync ${role}`);
      await file.sync();
    },
    async tryLock(exclusive) {
      watch(`tryLock ${role}`);
      return await file.tryLock(exclusive);
    },
    async unlock() {
      watch(`unlock ${role}`);
      await file.unlock();
    },
    close() {
      // Deno closes a file at the end of the process, and no sooner.
      try {
        watch(`close ${role}`);
      } finally {
        file.close();
      }
    },
  };
}

/**
 * Watches the real file system.
 *
 * @param main The absolute path of the state file.
 * @param watch What hears of each step.
 * @returns The system of a store.
 */
export function watchSystem(main: string, watch: Watcher): StateSystem {
  const say = (step: string, path: string) =>
    watch(`${step} ${roleOf(path, main)}`);
  return {
    ...denoStateSystem,
    async lstat(path) {
      say("lstat", path);
      return await denoStateSystem.lstat(path);
    },
    async stat(path) {
      say("stat", path);
      return await denoStateSystem.stat(path);
    },
    async open(path, options) {
      say("open", path);
      const file = await denoStateSystem.open(path, options);
      return watchFile(file, roleOf(path, main), watch);
    },
    async rename(from, to) {
      say("rename", from);
      await denoStateSystem.rename(from, to);
    },
    async remove(path) {
      say("remove", path);
      await denoStateSystem.remove(path);
    },
  };
}
