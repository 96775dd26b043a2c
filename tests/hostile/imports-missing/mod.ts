const missing = "./missing.ts";
await import(missing);

export default { setup: () => ({}) };
