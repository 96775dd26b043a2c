/** The parts of OpenTelemetry's API that the host uses, as structural types. */

import { hasMethods, isRecord } from "../base/errors.ts";

/** The attributes of a span or of a measurement. */
export type Attributes = Readonly<Record<string, string | number>>;

/** A span that has begun. */
export interface Span {
  setAttribute(name: string, value: string | number): unknown;
  setStatus(status: { code: number }): unknown;
  /** Ends the span; the time is in milliseconds since the epoch. */
  end(time?: number): void;
}

/** Creates spans. */
export interface Tracer {
  startActiveSpan<Result>(
    name: string,
    options: Readonly<{ startTime?: number; attributes?: Attributes }>,
    callback: (span: Span) => Result,
  ): Result;
}

/** Counts up, or up and down. */
export interface Counter {
  add(value: number, attributes?: Attributes): void;
}

/** Takes measurements: a histogram, or a gauge. */
export interface Histogram {
  record(value: number, attributes?: Attributes): void;
}

type Instrument = Readonly<{
  description: string;
  unit?: string;
  advice?: Readonly<{ explicitBucketBoundaries: number[] }>;
}>;

/** Creates the instruments of metrics. */
export interface Meter {
  createCounter(name: string, options: Instrument): Counter;
  createUpDownCounter(name: string, options: Instrument): Counter;
  createHistogram(name: string, options: Instrument): Histogram;
  /** Absent before version 1.9 of the API. */
  createGauge?(name: string, options: Instrument): Histogram;
}

/** The code of a failed span. */
export const STATUS_ERROR = 2;

/** The name of this library, beside its spans, metrics and log records. */
export const SCOPE = "@semantik/plugins";

// Where `@opentelemetry/api` 1.x registers, and Deno with `OTEL_DENO=true`.
const GLOBAL = Symbol.for("opentelemetry.js.api.1");

export function isTracer(value: unknown): value is Tracer {
  return hasMethods(value, "startActiveSpan");
}

export function isMeter(value: unknown): value is Meter {
  return hasMethods(
    value,
    "createCounter",
    "createHistogram",
    "createUpDownCounter",
  );
}

/** Takes what a provider provides; that of Deno is a class, not an object. */
function provided(provider: unknown, method: string): unknown {
  const provide: unknown = Reflect.get(Object(provider), method);
  if (typeof provide !== "function") return undefined;
  return Reflect.apply(provide, provider, [SCOPE]);
}

/** Returns the registered tracer and meter, as far as there are any. */
export function globalTelemetry(): {
  readonly tracer: Tracer | undefined;
  readonly meter: Meter | undefined;
} {
  const api: unknown = Reflect.get(globalThis, GLOBAL);
  if (!isRecord(api)) return { tracer: undefined, meter: undefined };
  const tracer = provided(api["trace"], "getTracer");
  const meter = provided(api["metrics"], "getMeter");
  return {
    tracer: isTracer(tracer) ? tracer : undefined,
    meter: isMeter(meter) ? meter : undefined,
  };
}
