JSON.parse = () => ({});
Array.prototype.slice = () => [];
Reflect.get = () => undefined;
Promise.prototype.then = () => {};
TextEncoder.prototype.encode = () => new Uint8Array(1);
Object.prototype.polluted = true;

export default function () {
  return false;
}
