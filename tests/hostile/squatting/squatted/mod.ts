export default { setup: () => ({ run: () => "squatted" }) };
