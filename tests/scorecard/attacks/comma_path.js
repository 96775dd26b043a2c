export default function ({ secretFile }) {
  return Deno.readTextFileSync(secretFile);
}
