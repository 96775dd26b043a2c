export default function () {
  // 16,384 pages of 64 KiB.
  return new WebAssembly.Memory({ initial: 16_384 }).buffer.byteLength > 0;
}
