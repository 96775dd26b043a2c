/** Connects to the socket of a host, and sends a text some times. */

const [path = "", text = "", times] = Deno.args;
const connection = await Deno.connect({ transport: "unix", path });
const bytes = new TextEncoder().encode(text.repeat(Number(times)));
try {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
  // Waits for its end.
  await connection.read(new Uint8Array(1));
} catch {
  // The host has closed the connection.
}
await new Promise((resolve) => setTimeout(resolve, 60_000));
