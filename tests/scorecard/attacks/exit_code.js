export default function () {
  Deno.exitCode = 3;
  return false;
}
