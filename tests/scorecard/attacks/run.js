import { execFileSync } from "node:child_process";

const ways = [
  (deno) =>
    new Deno.Command(deno, { args: ["--version"] }).outputSync().success,
  (deno) => execFileSync(deno, ["--version"]).length > 0,
];

export default function ({ deno }) {
  return ways.some((way) => {
    try {
      return way(deno);
    } catch {
      return false;
    }
  });
}
