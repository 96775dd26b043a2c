export default function () {
  for (let count = 0;; count++) {
    try {
      Deno.readTextFileSync(`/nowhere/${count}`);
    } catch {
      // The next is another one.
    }
  }
}
