export default function () {
  const line = new TextEncoder().encode(
    `SPOOFED print_flood ${"x".repeat(1_000)}\n`,
  );
  for (let at = 0; at < 5_000; at++) {
    Deno.stdout.writeSync(line);
    Deno.stderr.writeSync(line);
  }
}
