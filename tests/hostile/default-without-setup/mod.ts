export default { dispose() {} };
