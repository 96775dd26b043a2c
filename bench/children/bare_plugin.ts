/**
 * Reads a length and that many bytes, and returns as many bytes as it was asked
 * for: what a channel does, with no message in it.
 */

const HEADER = 8;
const chunk = new Uint8Array(65_536);
const reply = new Uint8Array(1_048_576);
const header = new Uint8Array(HEADER);
const view = new DataView(header.buffer);
let seen = 0;
let missing = 0;

function finish(): void {
  let left = view.getUint32(4, true);
  while (left > 0) left -= Deno.stdout.writeSync(reply.subarray(0, left));
  seen = 0;
}

for (
  let length = await Deno.stdin.read(chunk);
  length !== null;
  length = await Deno.stdin.read(chunk)
) {
  for (let at = 0; at < length;) {
    if (seen < HEADER) {
      header[seen++] = chunk[at++] ?? 0;
      if (seen === HEADER) missing = view.getUint32(0, true);
    } else {
      const taken = Math.min(missing, length - at);
      missing -= taken;
      at += taken;
    }
    if (seen === HEADER && missing === 0) finish();
  }
}
