import { maskCredentials } from "../../src/secrets/credentials.ts";
import {
  harmlessSamples,
  namedSamples,
  type Sample,
  tokenSamples,
} from "./corpus.ts";

/** A figure of the measurement. */
export interface Figure {
  readonly right: number;
  readonly all: number;
  /** The failed samples with their masked text. */
  readonly wrong: readonly (Sample & { readonly masked: string })[];
}

export interface Measurement {
  /** Secrets that were masked completely. */
  readonly recall: Figure;
  /** Harmless texts that were not changed. */
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

// Six characters in a row are part of the secret and no coincidence.
function leaks(secret: string, masked: string): boolean {
  const rest = masked.replaceAll("[REDACTED]", "\n");
  const body = secret.slice(-Math.min(secret.length, 24));
  for (let at = 0; at + 6 <= body.length; at++) {
    if (rest.includes(body.slice(at, at + 6))) return true;
  }
  return false;
}

/**
 * Measures the share of secrets that are masked, and of harmless texts that are
 * kept.
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
