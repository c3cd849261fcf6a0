// The `ws` library of Node, without compression, sending one Buffer to everybody. BENCH_MODULES is where npm has put it.
// Speaks the plain protocol of load.c and prints its port.

import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(`${process.env.BENCH_MODULES}/`)("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, backlog: 4096 });

function change(order) {
  const [, seq, size] = order.split(" ");
  const start = `{"at":${process.hrtime.bigint()},"text":"#${String(seq % 10_000_000).padStart(7, "0")}#`;
  const end = `","seq":${seq}}`;
  return Buffer.from(start + ".".repeat(size - start.length - end.length) + end);
}

server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (order) => {
    const bytes = change(order.toString());
    for (const client of server.clients) if (client.readyState === 1) client.send(bytes, { binary: false });
  });
});
server.on("listening", () => console.log(`ready at ${server.address().port}`));
