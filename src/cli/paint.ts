/**
 * Colours, where they are wanted.
 *
 * @module
 */

/** Puts a colour around a text, or leaves it as it is. */
export interface Paint {
  /** For headings. */
  bold(text: string): string;
  /** For what matters less. */
  dim(text: string): string;
  /** For what is well. */
  green(text: string): string;
  /** For what deserves a look. */
  yellow(text: string): string;
  /** For what is wrong. */
  red(text: string): string;
}

function style(code: number, isOn: boolean): (text: string) => string {
  return (text) => isOn && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/**
 * Makes the colours of one stream.
 *
 * @param isOn Whether there are to be any.
 * @returns The colours.
 */
export function createPaint(isOn: boolean): Paint {
  return Object.freeze({
    bold: style(1, isOn),
    dim: style(2, isOn),
    green: style(32, isOn),
    yellow: style(33, isOn),
    red: style(31, isOn),
  });
}
