export function then(): never {
  throw null;
}

export default { setup: () => ({}) };
