import net from "node:net";

export default function () {
  return new Promise((resolve, reject) => {
    const socket = new net.Socket({ fd: 3 });
    socket.on("data", (bytes) => resolve(String(bytes)));
    socket.on("error", reject);
  });
}
