import dns from "node:dns/promises";
import http from "node:http";

const ways = [
  (port) => fetch(`http://127.0.0.1:${port}/`),
  (port) => Deno.connect({ hostname: "127.0.0.1", port }),
  (port) =>
    new Promise((resolve, reject) =>
      http.get(`http://127.0.0.1:${port}/`, resolve).on("error", reject)
    ),
  () => dns.lookup("localhost"),
  (port) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      socket.onopen = resolve;
      socket.onerror = reject;
    }),
  () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
];

export default async function ({ port }) {
  for (const way of ways) {
    try {
      await way(port);
      return true;
    } catch {
      // The next may succeed.
    }
  }
}
