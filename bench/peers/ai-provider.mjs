/**
 * A provider that answers at once: OpenAI's chat completions and Anthropic's messages, whole or as a stream whose events are
 * each written by themselves. Argument: port.
 */
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers';
import { anthropicAnswer, anthropicEvents, openAiAnswer, openAiEvents } from '../ai/shapes.mjs';

const ANSWERS = {
  '/v1/chat/completions': { whole: openAiAnswer, events: openAiEvents },
  '/v1/messages': { whole: anthropicAnswer, events: anthropicEvents },
};

createServer((request, response) => {
  if (request.method === 'GET') return response.end();
  const answer = ANSWERS[request.url];
  if (!answer) return response.writeHead(404).end();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    if (/"stream":\s*true/.test(body)) stream(response, answer.events);
    else send(response, answer.whole);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');

function send(response, text) {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
}

function stream(response, events) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let next = 0;
  const write = () => {
    if (response.destroyed) return;
    if (next === events.length) return response.end();
    response.write(events[next++]);
    setImmediate(write);
  };
  write();
}
