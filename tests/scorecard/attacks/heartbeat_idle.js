export default function ({ heartbeat }) {
  setInterval(() => Deno.writeTextFileSync(heartbeat, `${Date.now()}`), 20);
}
