/** Reports what a host does as spans and metrics of OpenTelemetry. */

import type { AuditLogger } from "../audit/audit_logger.ts";
import { describeThrown, warnOnStderr } from "../base/text.ts";
import type { Clock, Timing } from "../base/timing.ts";
import type { PluginErrorCode } from "../base/errors.ts";
import type { LifecycleEvent } from "../events/lifecycle_event.ts";
import { type ReadPlugin, trustLevelOf } from "../manifest/manifest.ts";
import { Metrics } from "./metrics.ts";
import {
  type Attributes,
  globalTelemetry,
  isMeter,
  isTracer,
  type Meter,
  type Span,
  STATUS_ERROR,
  type Tracer,
} from "./open_telemetry.ts";

/** Makes a call, and measures it. */
type MeasureCall = <Result>(call: () => Promise<Result>) => Promise<Result>;

/** An operation that has ended, for its span. */
interface Operation {
  readonly name: string;
  readonly timing: Timing;
  readonly attributes: Attributes;
  readonly code: PluginErrorCode | undefined;
}

/** Everything that telemetry needs of its host. */
export interface TelemetryParts {
  readonly tracer: Tracer | undefined;
  readonly meter: Meter | undefined;
  readonly traceCalls: boolean;
  /** The name of the host. */
  readonly host: string;
  readonly audit: AuditLogger;
  readonly clock: Pick<Clock, "elapsed">;
}

function attributesOf(plugin: ReadPlugin | string): Attributes {
  if (typeof plugin === "string") return { "semantik.plugin.id": plugin };
  const { id, type, version } = plugin.manifest;
  return {
    "semantik.plugin.id": id,
    "semantik.plugin.type": type,
    "semantik.plugin.version": version,
    "semantik.plugin.trust": trustLevelOf(plugin),
  };
}

function fail(span: Span, code: PluginErrorCode): void {
  span.setAttribute("error.type", code);
  span.setStatus({ code: STATUS_ERROR });
}

/** Reads the events of a host. Never throws, whatever the tracer and meter do. */
export class Telemetry implements Disposable {
  readonly #parts: TelemetryParts;
  readonly #metrics: Metrics | undefined;
  /** The parts of a load that goes on: its span is created when it has ended. */
  #loading: Operation[] | undefined;
  #hasWarned = false;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    const { meter, audit } = parts;
    this.#metrics = meter === undefined
      ? undefined
      : this.#try(() => new Metrics(meter, audit));
  }

  onLifecycleEvent(event: LifecycleEvent): void {
    this.#try(() => this.#metrics?.onLifecycleEvent(event));
    if (this.#parts.tracer === undefined) return;
    this.#try(() => this.#trace(event));
  }

  #trace(event: LifecycleEvent): void {
    switch (event.action) {
      case "host.load.began":
        this.#loading = [];
        return;
      case "host.load.ended": {
        const within = this.#loading ?? [];
        this.#loading = undefined;
        const attributes = { "semantik.host.name": this.#parts.host };
        const { timing, code } = event;
        return this.#report(
          { name: "plugin.load", timing, attributes, code },
          within,
        );
      }
      case "plugin.import.ended":
        return this.#add("plugin.import", event.plugin, event);
      case "plugin.setup.ended":
        return this.#add("plugin.setup", event.plugin, event);
      case "plugin.health_check": {
        const { plugin, health, code } = event;
        return this.#report({
          name: "plugin.health",
          timing: {
            began: Date.parse(health.checkedAt),
            duration: health.latencyMs,
          },
          attributes: {
            ...attributesOf(plugin),
            "semantik.plugin.health": health.status,
          },
          code,
        });
      }
      case "plugin.disposed": {
        const { plugin, problems: [first], timing } = event;
        return this.#report({
          name: "plugin.dispose",
          timing,
          attributes: attributesOf(plugin),
          code: first?.code,
        });
      }
      case "plugin.reloaded":
        return this.#report({
          name: "plugin.reload",
          timing: event.timing,
          attributes: attributesOf(event.plugin),
          code: undefined,
        });
      case "plugin.reload.failed": {
        const { plugin, failure, timing } = event;
        if (timing === undefined) return;
        return this.#report({
          name: "plugin.reload",
          timing,
          attributes: attributesOf(plugin),
          code: "problems" in failure
            ? failure.problems[0]?.code
            : "PLUGIN_SETUP_FAILED",
        });
      }
    }
  }

  /** Adds a half of a start: to the load, or by itself. */
  #add(
    name: string,
    plugin: ReadPlugin,
    { timing, code }: Readonly<{ timing: Timing; code?: PluginErrorCode }>,
  ): void {
    const attributes = attributesOf(plugin);
    const operation = { name, timing, attributes, code };
    if (this.#loading === undefined) this.#report(operation);
    else this.#loading.push(operation);
  }

  /** Creates the span of an operation, with those of its parts. */
  #report(operation: Operation, within: readonly Operation[] = []): void {
    const { name, timing: { began, duration }, attributes, code } = operation;
    const options = { startTime: began, attributes };
    this.#parts.tracer?.startActiveSpan(name, options, (span) => {
      for (const part of within) this.#report(part);
      if (code !== undefined) fail(span, code);
      span.end(began + duration);
    });
  }

  /** Returns the measurement of the calls of a plugin, if anybody wants one. */
  measureCalls(plugin: ReadPlugin): { readonly measure?: MeasureCall } {
    const { tracer, traceCalls } = this.#parts;
    const measure = this.#measureCall(plugin.manifest.id);
    const attributes = attributesOf(plugin);
    if (tracer === undefined || !traceCalls) {
      return measure === undefined ? {} : { measure };
    }
    return {
      measure: (call) =>
        this.#traceCall(tracer, attributes, () => measure?.(call) ?? call()),
    };
  }

  #measureCall(id: string): MeasureCall | undefined {
    const calls = this.#metrics?.calls;
    if (calls === undefined) return undefined;
    const { clock } = this.#parts;
    // Deno's meter takes half a microsecond for each attribute.
    const attributes = Object.freeze({ "semantik.plugin.id": id });
    const failed = Object.freeze({
      ...attributes,
      "error.type": "PLUGIN_CALL_FAILED",
    });
    const record = (began: number, of: Attributes) => {
      try {
        calls.record((clock.elapsed() - began) / 1_000, of);
      } catch (thrown) {
        this.#warn(thrown);
      }
    };
    return (call) => {
      const began = clock.elapsed();
      return call().then((result) => {
        record(began, attributes);
        return result;
      }, (thrown) => {
        record(began, failed);
        throw thrown;
      });
    };
  }

  /** Makes a call within a span, which its own spans then belong to. */
  #traceCall<Result>(
    tracer: Tracer,
    attributes: Attributes,
    call: () => Promise<Result>,
  ): Promise<Result> {
    let called: Promise<Result> | undefined;
    this.#try(() => {
      tracer.startActiveSpan("plugin.call", { attributes }, (span) => {
        const end = (code?: PluginErrorCode) =>
          this.#try(() => {
            if (code !== undefined) fail(span, code);
            span.end();
          });
        called = call().then((result) => {
          end();
          return result;
        }, (thrown) => {
          end("PLUGIN_CALL_FAILED");
          throw thrown;
        });
      });
    });
    return called ?? call();
  }

  #try<Result>(report: () => Result): Result | undefined {
    try {
      return report();
    } catch (thrown) {
      this.#warn(thrown);
      return undefined;
    }
  }

  #warn(thrown: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    warnOnStderr(
      `The telemetry of the host threw: ${describeThrown(thrown)}; ` +
        "further losses are not reported",
    );
  }

  [Symbol.dispose](): void {
    this.#try(() => this.#metrics?.[Symbol.dispose]());
  }
}

/** The choice of an application, as the option of a host states it. */
export type TelemetryChoice = "global" | {
  readonly tracer?: unknown;
  readonly meter?: unknown;
  readonly traceCalls?: boolean;
};

/** Starts the telemetry of a host; `undefined` if nobody receives it. */
export function startTelemetry(
  { choice, ...parts }:
    & Pick<TelemetryParts, "host" | "audit" | "clock">
    & { readonly choice: TelemetryChoice },
): Telemetry | undefined {
  const given = choice === "global"
    ? { tracer: choice, meter: choice }
    : choice;
  const registered = globalTelemetry();
  const tracer = given.tracer === "global" ? registered.tracer : given.tracer;
  const meter = given.meter === "global" ? registered.meter : given.meter;
  if (!isTracer(tracer) && !isMeter(meter)) return undefined;
  return new Telemetry({
    ...parts,
    tracer: isTracer(tracer) ? tracer : undefined,
    meter: isMeter(meter) ? meter : undefined,
    traceCalls: choice !== "global" && choice.traceCalls === true,
  });
}
