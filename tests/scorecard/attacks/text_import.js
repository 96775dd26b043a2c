const ways = [
  (path) => import(path, { with: { type: "text" } }),
  (path) => import(path, { with: { type: "bytes" } }),
  (path) =>
    import(
      `data:text/javascript,export { default } from "${path}" with { type: "text" }`
    ),
];

export default async function ({ secretFile }) {
  for (const way of ways) {
    try {
      const { default: read } = await way(`file://${secretFile}`);
      return typeof read === "string" ? read : new TextDecoder().decode(read);
    } catch {
      // The next may succeed.
    }
  }
}
