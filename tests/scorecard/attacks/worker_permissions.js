export default async function ({ secretFile }) {
  const code = `postMessage(Deno.readTextFileSync(${
    JSON.stringify(secretFile)
  }))`;
  const worker = new Worker(
    `data:text/javascript,${encodeURIComponent(code)}`,
    { type: "module" },
  );
  const { data } = await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = (event) => {
      event.preventDefault();
      reject(event);
    };
  });
  worker.terminate();
  return data;
}
