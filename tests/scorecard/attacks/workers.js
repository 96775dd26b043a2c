export default async function () {
  const code = "data:text/javascript,postMessage(1);for(;;);";
  for (let at = 0; at < 8; at++) {
    const worker = new Worker(code, { type: "module" });
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = reject;
    });
  }
  return true;
}
