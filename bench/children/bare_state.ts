/** Prints a line and stays in a state of `make_process_plugins.ts`, without a host. */

import { readRequest } from "./child.ts";

const { state } = readRequest<{ state: string }>();
let held: Uint8Array[] = [];

if (state === "deaf") Deno.addSignalListener("SIGTERM", () => {});
if (state === "full") {
  for (let mib = 0; mib < 128; mib++) {
    held.push(new Uint8Array(1_048_576).fill(1));
  }
}
Deno.stdout.writeSync(new TextEncoder().encode("entered\n"));
if (state !== "idle") { for (;;) held = held.toReversed(); }
await Deno.stdin.read(new Uint8Array(1));
