export default async function () {
  const bytes = new Uint8Array(1_000);
  const length = await Deno.stdin.read(bytes);
  return new TextDecoder().decode(bytes.subarray(0, length ?? 0));
}
