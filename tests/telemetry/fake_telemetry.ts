/** A tracer and a meter that remember what they got. */

/** A span that has ended. */
export interface EndedSpan {
  readonly name: string;
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isFailed: boolean;
  /** Milliseconds since the epoch, if the host gave them. */
  readonly began: number | undefined;
  readonly ended: number | undefined;
}

/** A number that a counter or a histogram got. */
export type Measured = readonly [
  name: string,
  value: number,
  attributes: Readonly<Record<string, unknown>>,
];

type Attributes = Record<string, unknown>;

export class FakeTelemetry {
  readonly spans: EndedSpan[] = [];
  readonly measured: Measured[] = [];
  readonly #active: string[] = [];

  readonly tracer = {
    startActiveSpan: <Result>(
      name: string,
      options: { startTime?: number; attributes?: Attributes },
      callback: (
        span: {
          setAttribute(name: string, value: unknown): void;
          setStatus(status: { code: number }): void;
          end(time?: number): void;
        },
      ) => Result,
    ): Result => {
      const attributes = { ...options.attributes };
      const parent = this.#active.at(-1);
      let isFailed = false;
      this.#active.push(name);
      try {
        return callback({
          setAttribute: (key, value) => void (attributes[key] = value),
          setStatus: ({ code }) => void (isFailed = code === 2),
          end: (ended) => {
            const began = options.startTime;
            this.spans.push(
              { name, parent, attributes, isFailed, began, ended },
            );
          },
        });
      } finally {
        this.#active.pop();
      }
    },
  };

  readonly meter = {
    createCounter: (name: string) => ({
      add: (value: number, attributes: Attributes = {}) =>
        void this.measured.push([name, value, attributes]),
    }),
    createUpDownCounter: (name: string) => this.meter.createCounter(name),
    createGauge: (name: string) => this.meter.createHistogram(name),
    createHistogram: (name: string) => ({
      record: (value: number, attributes: Attributes = {}) =>
        void this.measured.push([name, value, attributes]),
    }),
  };

  /** Sums the values of one counter by one of its attributes. */
  sums(name: string, attribute: string): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const [one, value, attributes] of this.measured) {
      if (one !== name) continue;
      const key = String(attributes[attribute]);
      sums[key] = (sums[key] ?? 0) + value;
    }
    return sums;
  }
}
