export default function ({ otherData }) {
  return Deno.readTextFileSync(`${otherData}/secret.txt`);
}
