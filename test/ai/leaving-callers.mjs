// A process of its own, so that what the gateway holds is the gateway's: a provider whose streams never end, and callers
// of the gateway who leave them. Told `{port, calls}` it answers `{asked, underWay}` when all of them have left.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';

const AT_ONCE = 50;
const CHUNK = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'word ' } }] })}\n\n`;

/** Connections of callers who leave once the provider is asked. */
const silent = new Map();
let asked = 0;
let underWay = 0;

const provider = createServer((request, response) => {
  asked++;
  underWay++;
  let timer;
  response.on('close', () => {
    underWay--;
    clearTimeout(timer);
  });
  let body = '';
  request.setEncoding('utf8').on('data', (text) => (body += text));
  request.on('end', () => {
    const caller = silent.get(/caller (\d+)/.exec(body)[1]);
    if (caller) return caller.destroy();
    const say = () => {
      response.write(CHUNK);
      timer = setTimeout(say, 3);
    };
    const begin = () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      say();
    };
    timer = setTimeout(begin, Math.random() * 10);
  });
});
provider.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${provider.address().port}` }));

process.on('message', async ({ port, calls }) => {
  asked = 0;
  let next = 0;
  const callers = Array.from({ length: AT_ONCE }, async () => {
    while (next < calls) await leave(port, next++);
  });
  await Promise.all(callers);
  for (let i = 0; i < 500 && underWay > 0; i++) await new Promise((done) => setTimeout(done, 20));
  process.send({ asked, underWay });
});
process.on('disconnect', () => process.exit());

/** Before the provider is asked, before the head, with the first token, or in the middle; by turns in the provider's dialect and in another. */
function leave(port, index) {
  const moment = index % 4;
  const [path, more] = index % 8 < 4 ? ['chat/completions', {}] : ['messages', { max_tokens: 50 }];
  const body = JSON.stringify({
    model: 'endless',
    stream: true,
    messages: [{ role: 'user', content: `I am caller ${index}` }],
    ...more,
  });
  const head = [
    `POST /ai/v1/${path} HTTP/1.1`,
    'host: gateway',
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  const socket = connect(port, '127.0.0.1');
  let pieces = 0;
  socket.on('error', () => undefined);
  socket.on('data', () => {
    if (++pieces >= (moment === 2 ? 1 : 3 + (index % 5))) socket.destroy();
  });
  socket.on('connect', () => {
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    if (moment === 0) setTimeout(() => socket.destroy(), Math.random() * 3);
  });
  if (moment === 1) silent.set(String(index), socket);
  return new Promise((done) => socket.on('close', done)).finally(() => silent.delete(String(index)));
}
