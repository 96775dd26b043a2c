const mark = Uint8Array.from(
  (Deno.args[0] ?? "").match(/../g) ?? [],
  (byte) => parseInt(byte, 16),
);

export default async function () {
  Deno.stdout.writeSync(mark);
  Deno.stdout.writeSync(
    new Uint8Array(new Uint32Array([2 ** 31, 2 ** 31]).buffer),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
}
