import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { closeSoon } from './close-soon.js';
import { Problem } from './problem.js';

const CAUSES: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: new Problem(431, 'The header of the request is too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem(408, 'The request did not arrive in time.'),
};
const MALFORMED = new Problem(400, 'The request is not HTTP as RFC 9112 has it.');

/** As Node's own handler knows it: with the answer that is being written. */
export type AnsweringSocket = Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null };

/** Answers what Node's parser refuses, in the form of every other error; the connection is of no more use then. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: AnsweringSocket): void {
  // An answer that has begun must not go on with this one.
  const begun = socket._httpMessage?.headersSent === true;
  const code = error.code ?? '';
  // Without TLS agreed on nothing can be said, and the end of what was said never comes.
  const unheard = code === 'ECONNRESET' || /^ERR_(?:TLS|SSL)/.test(code);
  if (unheard || !socket.writable || begun) return void socket.destroy();
  // Its client may not read what was wrong.
  closeSoon(socket);
  const problem = CAUSES[code] ?? MALFORMED;
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      'Content-Type: application/problem+json\r\nCache-Control: no-store\r\nConnection: close\r\n' +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

/** Answers a path that the router cannot decode; nothing of it is echoed. */
export function answerBadPath(_: Error, __: FastifyRequest, reply: FastifyReply): void {
  const problem = new Problem(400, 'The path is not percent-encoded UTF-8.');
  void reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}
