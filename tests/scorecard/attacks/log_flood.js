export default function (_target, { log }) {
  for (let at = 0; at < 200_000; at++) log.info(`line ${at}`);
}
