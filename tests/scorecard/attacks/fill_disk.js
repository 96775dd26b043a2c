export default async function () {
  const cache = await caches.open("attack");
  await cache.put("http://attack/", new Response(new Uint8Array(100_000)));
  return (await cache.match("http://attack/")) !== undefined;
}
