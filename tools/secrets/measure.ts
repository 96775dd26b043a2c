/**
 * Measures how many secrets the masking finds, and how many harmless texts it
 * takes for secrets.
 *
 * @module
 */

import { maskCredentials } from "../../src/secrets/credentials.ts";
import {
  harmlessSamples,
  namedSamples,
  type Sample,
  tokenSamples,
} from "./corpus.ts";

/** One figure of a measurement. */
export interface Figure {
  readonly right: number;
  readonly all: number;
  /** The samples that went wrong, with what became of them. */
  readonly wrong: readonly (Sample & { readonly masked: string })[];
}

/** Both figures of a measurement. */
export interface Measurement {
  /** The secrets that were masked whole. */
  readonly recall: Figure;
  /** The harmless texts that stayed as they were. */
  readonly harmless: Figure;
}

function figureOf(
  samples: readonly Sample[],
  isRight: (sample: Sample, masked: string) => boolean,
): Figure {
  const wrong = samples
    .map((sample) => ({ ...sample, masked: maskCredentials(sample.text) }))
    .filter((sample) => !isRight(sample, sample.masked));
  return {
    right: samples.length - wrong.length,
    all: samples.length,
    wrong,
  };
}

// Six characters of a secret in a row are a part of it, and no chance.
function leaks(secret: string, masked: string): boolean {
  const rest = masked.replaceAll("[REDACTED]", "\n");
  const body = secret.slice(-Math.min(secret.length, 24));
  for (let at = 0; at + 6 <= body.length; at++) {
    if (rest.includes(body.slice(at, at + 6))) return true;
  }
  return false;
}

/**
 * Measures both.
 *
 * @param seed The seed of the corpus.
 * @param each The number of samples of each template.
 * @returns Both figures.
 */
export function measureSecrets(seed: number, each: number): Measurement {
  return {
    recall: figureOf(
      [...tokenSamples(seed, each), ...namedSamples(seed, each)],
      ({ secret = "" }, masked) => !leaks(secret, masked),
    ),
    harmless: figureOf(
      harmlessSamples(seed, each),
      ({ text }, masked) => masked === text,
    ),
  };
}
