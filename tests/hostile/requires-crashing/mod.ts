export default { setup: () => ({ run: () => "requires-crashing" }) };
