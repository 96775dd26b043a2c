import inspector from "node:inspector";

export default function () {
  inspector.open(0);
  return inspector.url() !== undefined;
}
