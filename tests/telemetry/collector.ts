/** A collector of log records on loopback. */

/** A log record, as OTLP has it in JSON. */
export interface ReceivedRecord {
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: unknown;
  }[];
}

/** One request that came in. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: Headers;
  readonly resource: unknown;
  readonly records: readonly ReceivedRecord[];
}

export interface Collector extends AsyncDisposable {
  readonly endpoint: string;
  /** Every request, answered well or not. */
  readonly requests: readonly ReceivedRequest[];
  /** The names of the events of requests that were taken. */
  readonly taken: readonly string[];
}

/** Starts a collector. Each answer is for one request; afterwards, it takes all. */
export function startCollector(...answers: readonly Response[]): Collector {
  const requests: ReceivedRequest[] = [];
  const taken: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { resourceLogs: [logs] } = await request.json();
      const records: readonly ReceivedRecord[] = logs.scopeLogs[0].logRecords;
      requests.push({
        path: new URL(request.url).pathname,
        headers: request.headers,
        resource: logs.resource,
        records,
      });
      const answer = answers[requests.length - 1] ?? Response.json({});
      if (answer.ok) taken.push(...records.map(({ eventName }) => eventName));
      return answer;
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    requests,
    taken,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
