/** Starts a program with one more open pipe, as a supervisor may start a host. */

import { spawn } from "node:child_process";

const [text, program = "", ...args] = Deno.args;
const child = spawn(program, args, {
  stdio: ["inherit", "inherit", "inherit", "pipe"],
});
const [, , , pipe] = child.stdio;
if (pipe !== null && pipe !== undefined && "write" in pipe) pipe.write(text);
child.on("exit", (code) => Deno.exit(code ?? 1));
