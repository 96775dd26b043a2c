export default function () {
  return Deno.hostname() !== "";
}
