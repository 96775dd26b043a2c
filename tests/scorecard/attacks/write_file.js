export default function ({ outside }) {
  Deno.writeTextFileSync(`${outside}/spoiled`, "");
  return true;
}
