export default function () {
  return Deno.readTextFileSync(new URL("./link/secret.txt", import.meta.url));
}
