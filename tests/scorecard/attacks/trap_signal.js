export default function ({ hostPid }) {
  Deno.addSignalListener("SIGTERM", () => {});
  setInterval(() => {}, 1_000);
  return Deno.pid === hostPid;
}
