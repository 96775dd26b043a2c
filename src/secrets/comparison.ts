/**
 * The comparison of a long text with another one, place by place, in one pass.
 *
 * @module
 */

/** A part of a text that begins as another text does. */
interface Window {
  left: number;
  right: number;
}

/** Compares from a place on, and reads nothing twice that the window tells. */
function lengthAt(
  text: string,
  place: number,
  other: string,
  own: Uint32Array,
  window: Window,
): number {
  const known = place < window.right ? own[place - window.left] ?? 0 : 0;
  if (place + known < window.right) return known;
  let end = Math.max(place, window.right);
  while (
    end < text.length && end - place < other.length &&
    text.charCodeAt(end) === other.charCodeAt(end - place)
  ) end++;
  window.left = place;
  window.right = end;
  return end - place;
}

/**
 * Finds how far a text is the same as another one, from one place after the
 * other. All places together cost the length of the text, also if it repeats
 * itself.
 */
export class Comparison {
  readonly #text: string;
  readonly #other: string;
  // How far the other text is the same as itself, from each of its places.
  readonly #own: Uint32Array;
  readonly #window: Window = { left: 0, right: 0 };

  /**
   * Makes one.
   *
   * @param text The text.
   * @param other The text to compare it with.
   */
  constructor(text: string, other: string) {
    this.#text = text;
    this.#other = other;
    const size = Math.min(text.length, other.length);
    const own = new Uint32Array(size);
    const window: Window = { left: 0, right: 0 };
    own[0] = size;
    for (let place = 1; place < size; place++) {
      own[place] = lengthAt(other, place, other, own, window);
    }
    this.#own = own;
  }

  /**
   * Compares from a place on.
   *
   * @param place The place, behind those that were asked for before.
   * @returns How many characters are the same.
   */
  lengthAt(place: number): number {
    return lengthAt(
      this.#text,
      place,
      this.#other,
      this.#own,
      this.#window,
    );
  }
}
