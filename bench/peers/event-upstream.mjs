/** An API that answers with server-sent events: `EVENTS` of them, each written by itself. Argument: port. */
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers';

const EVENTS = 50;
const EVENT = `data: ${'x'.repeat(80)}\n\n`;

createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let left = EVENTS;
  const next = () => {
    if (left-- === 0) return response.end();
    response.write(EVENT);
    setImmediate(next);
  };
  next();
}).listen(Number(process.argv[2]), '127.0.0.1');
