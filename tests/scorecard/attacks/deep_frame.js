const mark = Uint8Array.from(
  (Deno.args[0] ?? "").match(/../g) ?? [],
  (byte) => parseInt(byte, 16),
);

export default async function () {
  const bytes = new TextEncoder().encode("[".repeat(8_000_000));
  const fixed = new Uint8Array(new Uint32Array([bytes.length, 0]).buffer);
  for (const part of [mark, fixed]) Deno.stdout.writeSync(part);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
}
