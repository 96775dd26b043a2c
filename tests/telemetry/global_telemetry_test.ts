import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../run_deno.ts";

const PROGRAM = new URL("../fixtures/telemetry/global.ts", import.meta.url);

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface Point {
  readonly attributes: readonly Attribute[];
  readonly asDouble?: number;
  readonly count?: number | string;
}

interface Received {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly {
        readonly name: string;
        readonly spanId: string;
        readonly parentSpanId: string;
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string };
      readonly metrics: readonly {
        readonly name: string;
        readonly sum?: { readonly dataPoints: readonly Point[] };
        readonly histogram?: { readonly dataPoints: readonly Point[] };
      }[];
    }[];
  }[];
}

function textOf(
  attributes: readonly Attribute[],
  name: string,
): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}

Deno.test('with OTEL_DENO=true, a collector sees a host whose telemetry is "global"', async () => {
  const received: Received[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      received.push(await request.json());
      return Response.json({});
    },
  );
  const { code, stderr } = await runProgram(PROGRAM, {
    flags: ["--allow-env=GREETING"],
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    },
  });
  await server.shutdown();
  assertEquals([code, stderr], [0, ""]);

  const isOurs = ({ scope }: { scope: { name: string } }) =>
    scope.name === "@semantik/plugins";
  const spans = received.flatMap(({ resourceSpans = [] }) =>
    resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.filter(isOurs).flatMap(({ spans }) => spans)
    )
  );
  const [load] = spans.filter(({ name }) => name === "plugin.load");
  assert(load !== undefined);
  const setups = spans.filter(({ name }) => name === "plugin.setup");
  assertEquals(
    setups.map(({ parentSpanId, attributes }) => [
      parentSpanId,
      textOf(attributes, "semantik.plugin.id"),
    ]).sort(),
    [[load.spanId, "crashing"], [load.spanId, "good"]],
  );

  const metrics = received.flatMap(({ resourceMetrics = [] }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.filter(isOurs).flatMap(({ metrics }) => metrics)
    )
  );
  const pointsOf = (name: string) => {
    const last = metrics.findLast((one) => one.name === name);
    return (last?.sum ?? last?.histogram)?.dataPoints ?? [];
  };
  const [refusal] = pointsOf("semantik.plugin.refused");
  assertEquals(
    ["semantik.plugin.id", "error.type"].map((name) =>
      textOf(refusal?.attributes ?? [], name)
    ),
    ["refused", "PLUGIN_PERMISSION_MISSING"],
  );
  for (const name of ["crashed", "permission.revoked", "call.duration"]) {
    const [point] = pointsOf(`semantik.plugin.${name}`);
    assertEquals(Number(point?.asDouble ?? point?.count), 1, name);
  }
});
