export default function () {
  const own = new URL("true", import.meta.url).pathname;
  const { code } = new Deno.Command("true", {
    env: { PATH: own.slice(0, own.lastIndexOf("/")) },
  }).outputSync();
  return code === 7;
}
