/** A stand-in for a collector of OpenTelemetry: it shows what hosts send. */

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Source {
  readonly resource?: { readonly attributes?: readonly Attribute[] };
}

interface LogRecord {
  readonly eventName?: string;
  readonly attributes?: readonly Attribute[];
}

interface Sent {
  readonly resourceLogs?: readonly (Source & {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly LogRecord[];
    }[];
  })[];
  readonly resourceSpans?: readonly (Source & {
    readonly scopeSpans: readonly {
      readonly spans: readonly { readonly name: string }[];
    }[];
  })[];
  readonly resourceMetrics?: readonly (Source & {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly { readonly name: string }[];
    }[];
  })[];
}

function textOf(attributes: readonly Attribute[] = [], key: string): string {
  const found = attributes.find((attribute) => attribute.key === key);
  return Object.values(found?.value ?? {}).map(String).join(" ");
}

function describeLog({ eventName = "", attributes }: LogRecord): string {
  const id = textOf(attributes, "semantik.plugin.id");
  const by = textOf(attributes, "semantik.audit.by");
  return `log     ${eventName} ${id}${by === "" ? "" : ` by ${by}`}`;
}

/** Describes each record of a request, after the host that sent it. */
export function describe(sent: Sent): readonly string[] {
  const hostOf = ({ resource }: Source) =>
    textOf(resource?.attributes, "service.instance.id");
  return [
    ...(sent.resourceLogs ?? []).flatMap((one) =>
      one.scopeLogs.flatMap(({ logRecords }) =>
        logRecords.map((log) => `${hostOf(one)}  ${describeLog(log)}`)
      )
    ),
    ...(sent.resourceSpans ?? []).flatMap((one) =>
      one.scopeSpans.flatMap(({ spans }) =>
        // Deno makes spans of requests, too.
        spans.filter(({ name }) => name.startsWith("plugin."))
          .map(({ name }) => `${hostOf(one)}  span    ${name}`)
      )
    ),
    ...(sent.resourceMetrics ?? []).flatMap((one) => {
      const names = one.scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(({ name }) => name)
      ).filter((name) => name.startsWith("semantik."));
      return names.length === 0
        ? []
        : [`${hostOf(one)}  metrics ${names.join(", ")}`];
    }),
  ];
}
