export default { setup: () => ({ walk: () => 1 }) };
