/** A list of issues that does not end, for who iterates it. */
const issues = [{ message: "\u001b[31mred\nline", path: ["\u202e"] }];
issues[Symbol.iterator] = function* () {
  while (true) yield { message: "again", path: [] };
};

export default {
  configSchema: {
    "~standard": {
      version: 1,
      vendor: "hostile",
      validate: () => ({ issues }),
    },
  },
  setup: () => ({}),
};
