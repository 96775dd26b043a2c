import { type Hazard, hazard } from "./hazard.ts";
import type { PermissionEntry } from "./permission_set.ts";

const INTERPRETERS_REGEXP =
  /^(?:deno|node|bun|npx?|yarn|pnpm|python[\d.]*|perl|ruby|php[\d.]*|lua[\d.]*|java|tclsh|ba?sh|da?sh|zsh|ksh|fish|csh|tcsh|busybox|env|xargs|find|awk|gawk|sed|vim?|emacs|less|man|nohup|setsid|time|timeout|watch|su|sudo|doas|docker|podman|kubectl|ssh|scp|rsync|git|make|cargo|go|gcc|cc|tar|zip|curl|wget|cmd|powershell|pwsh|wscript|cscript|mshta|rundll32)$/;

function programOf(value: string): string {
  const name = value.split(/[\\/]/).at(-1) ?? value;
  return name.toLowerCase().replace(/\.(?:exe|cmd|bat|com)$/, "");
}

/**
 * What is dangerous about a permission to run programs.
 *
 * @param entry A permission of kind `run`, in normal form.
 * @returns Its hazards; there is no harmless one.
 */
export function runHazards(entry: PermissionEntry): readonly Hazard[] {
  if (entry.value === undefined) {
    return [hazard(
      "critical",
      entry,
      "runs any program with all that the user may do: as good as --allow-all",
      "Name the programs, by their absolute paths",
    )];
  }
  if (INTERPRETERS_REGEXP.test(programOf(entry.value))) {
    return [hazard(
      "critical",
      entry,
      "runs a program that runs others, or code that it is given: as good as --allow-all",
      "Leave it out, or run a program that does the one thing that is needed",
    )];
  }
  return [hazard(
    "high",
    entry,
    "runs a program that Deno's permissions do not hold",
    "Leave it out unless it is what the plugin is for",
  )];
}

/**
 * What is dangerous about a permission to load native code.
 *
 * @param entry A permission of kind `ffi`, in normal form.
 * @returns Its hazards; there is no harmless one.
 */
export function ffiHazards(entry: PermissionEntry): readonly Hazard[] {
  return [hazard(
    "critical",
    entry,
    "loads native code, which Deno's permissions do not hold: as good as --allow-all",
    "Leave it out, or use WebAssembly",
  )];
}
