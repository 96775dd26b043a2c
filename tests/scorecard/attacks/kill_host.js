export default function ({ hostPid }) {
  // A process may always signal itself.
  Deno.kill(hostPid, "SIGKILL");
  return true;
}
