/** The other process broke the protocol. It never leaves the channel as it is. */
export class Violation extends Error {}
