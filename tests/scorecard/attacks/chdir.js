export default function ({ outside }) {
  Deno.chdir(outside);
  return Deno.readTextFileSync("./secret.txt");
}
