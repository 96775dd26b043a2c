export default async function ({ heartbeat, deno }) {
  const code = `setInterval(() =>
    Deno.writeTextFileSync(${
    JSON.stringify(heartbeat)
  }, String(Date.now())), 20);
    setTimeout(() => Deno.exit(), 6_000);`;
  new Deno.Command(deno, {
    args: ["eval", "--no-config", code],
    clearEnv: true,
    env: { HOME: "/tmp", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // It has begun by then.
  await new Promise((resolve) => setTimeout(resolve, 600));
}
