/**
 * The program between watched processes and the one that watches: takes requests at
 * a socket, for which the latter needs a permission that the user cannot name in
 * advance. Imports nothing, to start fast.
 *
 * A line on standard output is the number of a connection, a space and a request. A
 * line on standard input is the same with an answer. It ends with standard input.
 */

const MAX_LINE = 1_048_576;
const encoder = new TextEncoder();
const connections = new Map<string, Deno.Conn>();

/** Returns a function that adds text and returns the whole lines. */
function lineSplitter(): (text: string) => readonly string[] {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new Error("A line is too long");
    return lines;
  };
}

async function writeAll(
  target: { write(bytes: Uint8Array): Promise<number> },
  text: string,
): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) {
    at += await target.write(bytes.subarray(at));
  }
}

/** Lines of several connections must not mix. */
let output = Promise.resolve();

function print(line: string): void {
  output = output.then(() => writeAll(Deno.stdout, `${line}\n`));
}

async function take(id: string, connection: Deno.Conn): Promise<void> {
  connections.set(id, connection);
  const split = lineSplitter();
  try {
    const text = connection.readable.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      for (const line of split(chunk)) print(`${id} ${line}`);
    }
  } catch {
    // The process has ended.
  }
  connections.delete(id);
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

async function listen(path: string): Promise<void> {
  const listener = Deno.listen({ transport: "unix", path });
  print("ready");
  let count = 0;
  for await (const connection of listener) void take(`${count++}`, connection);
}

async function passOnAnswers(): Promise<void> {
  const split = lineSplitter();
  const text = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const chunk of text) {
    for (const line of split(chunk)) {
      const end = line.indexOf(" ");
      const connection = connections.get(line.slice(0, end));
      const answer = `${line.slice(end + 1)}\n`;
      if (connection !== undefined) {
        void writeAll(connection, answer).catch(() => {});
      }
    }
  }
}

if (import.meta.main) {
  void listen(Deno.args[0] ?? "");
  await passOnAnswers();
  Deno.exit(0);
}
