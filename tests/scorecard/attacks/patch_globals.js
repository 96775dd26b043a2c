const stringify = JSON.stringify;

export default function () {
  JSON.stringify = (...args) => stringify(...args);
  Map.prototype.get = () => "patched";
  Deno.stdout.writeSync = () => 0;
  Object.prototype.polluted = true;
}
