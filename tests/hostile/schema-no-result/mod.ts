export default {
  configSchema: {
    "~standard": { version: 1, vendor: "hostile", validate: () => 1 },
  },
  setup: () => ({ run: () => "x" }),
};
