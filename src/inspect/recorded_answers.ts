/** Records Deno's permission states as data. */

import type {
  PermissionAnswer,
  PermissionDescriptor,
  PermissionQuery,
} from "../permissions/permission_states.ts";

/** The states by query; `null` if Deno does not know the permission. */
export type RecordedAnswers = Readonly<Record<string, PermissionAnswer | null>>;

function keyOf(descriptor: PermissionDescriptor): string {
  const { name, path, host, variable, kind, command } = descriptor;
  const value = path ?? host ?? variable ?? kind ?? command;
  return value === undefined ? name : `${name}:${value}`;
}

/** Passes queries on, and records every result. */
export function recordAnswers(
  query: PermissionQuery,
  answers: Record<string, PermissionAnswer | null>,
): PermissionQuery {
  return (descriptor) => {
    const key = keyOf(descriptor);
    const known = Object.hasOwn(answers, key) ? answers[key] : undefined;
    if (known) return known;
    answers[key] = null;
    const { state, partial } = query(descriptor);
    return answers[key] = Object.freeze({ state, partial });
  };
}

/** Replays recorded states. Throws for any other query, as Deno does for unknown ones. */
export function replayAnswers(answers: RecordedAnswers): PermissionQuery {
  return (descriptor) => {
    const key = keyOf(descriptor);
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined;
    if (!answer) throw new TypeError(`Cannot query ${key}: it is not recorded`);
    return answer;
  };
}
