const mark = Uint8Array.from(
  (Deno.args[0] ?? "").match(/../g) ?? [],
  (byte) => parseInt(byte, 16),
);

/** Writes a frame of its own with the mark of the session. */
function send(head) {
  const bytes = new TextEncoder().encode(head);
  const fixed = new Uint8Array(new Uint32Array([bytes.length, 0]).buffer);
  for (const part of [mark, fixed, bytes]) Deno.stdout.writeSync(part);
}

export default async function () {
  for (let id = 1; id < 100; id++) send(`["r",${id},true]`);
  send(`["c",1,"use",["neighbour","constructor",[]]]`);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
