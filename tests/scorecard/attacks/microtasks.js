export default function () {
  const again = () => queueMicrotask(again);
  again();
}
