/** The least a streaming proxy in Node does: no checks, no limits, no routes. Arguments: port, upstream. */
import { createServer } from 'node:http';
import { Agent } from 'undici';

const [port, upstream] = process.argv.slice(2);
const agent = new Agent({ connections: 256 });

createServer((request, response) => {
  const hasBody =
    request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  agent.dispatch(
    {
      origin: upstream,
      path: request.url,
      method: request.method,
      headers: endToEnd(request.rawHeaders),
      body: hasBody ? request : null,
    },
    {
      onConnect() {},
      onHeaders(status, headers, resume) {
        response.writeHead(status, endToEnd(headers.map((part) => part.toString('latin1'))));
        response.on('drain', resume);
        return true;
      },
      onData: (chunk) => response.write(chunk),
      onComplete: () => response.end(),
      onError: () => response.destroy(),
    },
  );
}).listen(Number(port), '127.0.0.1');

const PER_HOP = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding']);

function endToEnd(pairs) {
  const kept = [];
  for (let i = 0; i < pairs.length; i += 2) {
    if (!PER_HOP.has(pairs[i].toLowerCase())) kept.push(pairs[i], pairs[i + 1]);
  }
  return kept;
}
