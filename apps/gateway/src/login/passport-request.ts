import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LoginResult } from './login-sessions.service.js';

/** A request as passport and its strategies know one. */
export interface PassportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: FastifyRequest['headers'];
  readonly query: Record<string, string | undefined>;
  /** The secret of the browser that asks. */
  browser: string | undefined;
  /** Where the browser wanted to go: set at the beginning of a login, and again at its end. */
  returnTo: string;
  /** Set by passport when the login succeeded. */
  user?: LoginResult;
}

const known = new WeakMap<FastifyRequest, PassportRequest>();

/** Fastify's request, in the form passport expects; the same object for each look at the same request. */
export function passportRequest(request: FastifyRequest): PassportRequest {
  const existing = known.get(request);
  if (existing) return existing;
  const created: PassportRequest = {
    method: request.method,
    url: request.url,
    headers: request.headers,
    query: singleValues(request.query as Record<string, unknown>),
    browser: undefined,
    returnTo: '/',
  };
  known.set(request, created);
  return created;
}

/** A repeated parameter is dropped: the check that needs it then fails. */
function singleValues(query: Record<string, unknown>): Record<string, string | undefined> {
  const single = Object.entries(query).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(single) as Record<string, string>;
}

/** Fastify's reply, with the three members by which passport redirects. */
export function passportResponse(reply: FastifyReply) {
  return {
    statusCode: 302,
    setHeader(name: string, value: string) {
      if (name.toLowerCase() !== 'content-length') void reply.header(name, value);
    },
    end() {
      void reply.header('cache-control', 'no-store').status(this.statusCode).send('');
    },
  };
}
