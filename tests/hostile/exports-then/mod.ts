/** A module with this export is awaited for ever. */
export function then(): void {}

export default { setup: () => ({}) };
