export default [() => ({})];
