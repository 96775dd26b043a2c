export default { setup: () => ({ run: () => "requires-circle-optional" }) };
