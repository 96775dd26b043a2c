/** Reads the stacks that Deno writes to a file, while processes wait for an answer. */

import { type AuditLine, parseAuditLine } from "../../evidence/audit_line.ts";
import type { PermissionEntry } from "../../permissions/permission_set.ts";

/** The part of the file that one process has written. */
interface Part {
  /** Each process counts from 0, and empties the file when it starts. */
  at: number;
  /** The lines whose checks were not asked for yet. */
  waiting: AuditLine[];
}

const MAX_READ = 131_072;
const MAX_WAITING = 50;
const LINE_FEED = 10;

/**
 * Finds the stack of a check. Deno writes the line before it asks for the
 * permission, so it is there when the request comes.
 */
export class AuditTail implements Disposable {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #parts = new Map<number, Part>();
  readonly #buffer = new Uint8Array(MAX_READ);

  constructor(path: string) {
    this.path = path;
    this.#file = Deno.openSync(path, { read: true, write: true, create: true });
  }

  /** Returns the stack of the check that a process asks for; empty if it has none. */
  take(pid: number, entry: PermissionEntry): readonly string[] {
    const part = this.#parts.get(pid) ?? { at: 0, waiting: [] };
    this.#parts.set(pid, part);
    part.waiting.push(...this.#read(part));
    const found = part.waiting.findLastIndex((line) =>
      line.entry.kind === entry.kind && line.entry.value === entry.value
    );
    const [line] = found === -1 ? [] : part.waiting.splice(found, 1);
    part.waiting = part.waiting.slice(-MAX_WAITING);
    return line?.stack ?? [];
  }

  #read(part: Part): readonly AuditLine[] {
    this.#file.seekSync(part.at, Deno.SeekMode.Start);
    const count = this.#file.readSync(this.#buffer) ?? 0;
    const bytes = this.#buffer.subarray(0, count);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    const lines: AuditLine[] = [];
    const text = new TextDecoder().decode(bytes.subarray(0, end));
    for (const line of text.split("\n").slice(0, -1)) {
      const parsed = parseAuditLine(line);
      if (parsed !== undefined) lines.push(parsed);
      // What follows a hole is another process's.
      else if (line.includes("\0")) break;
    }
    part.at += end;
    return lines;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
