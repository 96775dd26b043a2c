export interface ServerArguments {
  readonly port: number;
  readonly token: string | undefined;
  /** The file for what people decide; memory without one. */
  readonly state: string | undefined;
  /** The directory for the sockets of plugins in a process of their own. */
  readonly sockets: string | undefined;
}

/** A usage error, shown without a stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

// Short tokens can be guessed.
const MIN_TOKEN = 16;

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`The port is "${text}": give a number up to 65535`);
}

/**
 * Reads the arguments and the variable of the token.
 *
 * Every user who may list processes sees an argument, so prefer the variable.
 */
export function parseArguments(
  args: readonly string[],
  variable: string | undefined,
): ServerArguments {
  let port = 8_000;
  let token = variable === "" ? undefined : variable;
  let state: string | undefined;
  let sockets: string | undefined;
  for (const arg of args) {
    const [name, ...rest] = arg.split("=");
    const value = rest.join("=");
    if (name === "--port" && rest.length > 0) port = readPort(value);
    else if (name === "--token" && rest.length > 0) token = value;
    else if (name === "--state" && value !== "") state = value;
    else if (name === "--sockets" && value !== "") sockets = value;
    else {
      throw new UsageError(
        `The argument "${name}" is unknown: give --port=NUMBER, ` +
          "--token=TOKEN, --state=FILE or --sockets=DIRECTORY",
      );
    }
  }
  if (token !== undefined && token.length < MIN_TOKEN) {
    throw new UsageError(
      `The token is too short: give at least ${MIN_TOKEN} characters`,
    );
  }
  return { port, token, state, sockets };
}
