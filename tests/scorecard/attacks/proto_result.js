export default function () {
  return JSON.parse('{ "__proto__": { "polluted": true }, "then": 1 }');
}
