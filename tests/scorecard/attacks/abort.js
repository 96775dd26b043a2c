import process from "node:process";

export default function () {
  process.abort();
}
