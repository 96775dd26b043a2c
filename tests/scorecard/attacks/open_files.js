export default function () {
  const kept = [];
  for (let at = 0; at < 2_000; at++) {
    kept.push(Deno.openSync(new URL(import.meta.url)));
  }
  return kept.length === 2_000;
}
