export default function () {
  const kept = [];
  for (let at = 0; at < 32; at++) kept.push(new ArrayBuffer(2 ** 25));
  return kept.length === 32;
}
