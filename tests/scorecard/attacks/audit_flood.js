export default function (_target, { audit }) {
  for (let at = 0; at < 30; at++) {
    audit("big", { text: "x".repeat(1_000_000), list: Array(10_000).fill(at) });
  }
}
