export default { setup: () => ({ run: () => "type-constructor" }) };
