const outside = "/etc/passwd";
await import(outside, { with: { type: "json" } });

export default { setup: () => ({}) };
