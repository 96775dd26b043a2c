export default function () {
  Deno.exit(0);
}
