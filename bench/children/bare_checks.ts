/** Checks permissions as often as it is told, and prints the time of one check. */

const [file = ""] = Deno.args;
const buffer = new Uint8Array(4_096);
const checks = {
  env: () => Deno.env.get("LIVE_BENCH"),
  path: () => Deno.statSync(file),
};

for (;;) {
  const length = await Deno.stdin.read(buffer);
  if (length === null) break;
  const request: {
    readonly kind: keyof typeof checks;
    readonly checks: number;
  } = JSON.parse(new TextDecoder().decode(buffer.subarray(0, length)));
  const check = checks[request.kind];
  const start = performance.now();
  for (let count = 0; count < request.checks; count++) check();
  const time = (performance.now() - start) / request.checks;
  Deno.stdout.writeSync(new TextEncoder().encode(`${time}`));
}
