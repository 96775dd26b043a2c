/** Why Deno would reject or misread a value, and what to write instead. */
export type Fault = Readonly<{
  /** What is the case, for a message. */
  fault: string;
  /** What to write instead. */
  remedy: string;
}>;

/**
 * Makes a {@linkcode Fault}.
 *
 * @param fault What is the case, for a message.
 * @param remedy What to write instead.
 * @returns The fault.
 */
export function faultOf(fault: string, remedy: string): Fault {
  return { fault, remedy };
}
