/**
 * Disables or enables a plugin on one host of the fleet, and shows how long it took
 * on all of them:
 *
 * `deno run --no-prompt --allow-net=127.0.0.1 examples/fleet/switch.ts disable greeter`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- the output of this program

const [action, id, argument = "--port=4318"] = Deno.args;
const port = /^--port=(\d+)$/.exec(argument)?.[1];
if (
  (action !== "disable" && action !== "enable") || id === undefined ||
  port === undefined
) {
  console.error("Usage: switch.ts <disable|enable> <plugin> [--port=4318]");
  Deno.exit(2);
}
const response = await fetch(`http://127.0.0.1:${port}/hosts`).catch(() => {
  console.error("The fleet does not run: start examples/fleet/main.ts first");
  Deno.exit(1);
});
const hosts: Readonly<Record<string, number>> = await response.json();
const query = `?id=${encodeURIComponent(id)}`;
const state = action === "disable" ? "gone" : "live";
const [first] = Object.entries(hosts);
if (first === undefined) throw new Error("There is no host");

/** Asks a host, and throws what it reports. */
async function ask(port: number, path: string, method = "GET"): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}${query}`, {
    method,
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
}

const begin = performance.now();
const waiting = Object.entries(hosts).map(async ([name, port]) => {
  await ask(port, `until/${state}`);
  const took = (performance.now() - begin).toFixed(1);
  console.log(`${name}: ${id} is ${state} after ${took} ms`);
});
try {
  await Promise.all([ask(first[1], action, "POST"), ...waiting]);
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  Deno.exit(1);
}
