export default { setup: () => ({ run: () => "constructor" }) };
