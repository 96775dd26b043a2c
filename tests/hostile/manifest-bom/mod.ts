export default { setup: () => ({ run: () => "manifest-bom" }) };
