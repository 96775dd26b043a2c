export default { configSchema: 5, setup: () => ({}) };
