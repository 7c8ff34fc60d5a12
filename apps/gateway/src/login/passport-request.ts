import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LoginResult } from './login-sessions.service.js';

/** What a person signs in for. */
export interface Login {
  /** A path of this gateway. */
  readonly returnTo: string;
  readonly scopes: readonly string[];
}

/** A request as passport and its strategies know one. */
export interface PassportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: FastifyRequest['headers'];
  /** Only what has been checked: passport-oauth2 acts on `code` and `error` wherever it meets them. */
  query: Readonly<Record<string, string>>;
  /** Set where a login begins, and again at its end. */
  login?: Login;
  /** Set by passport when the login succeeded. */
  user?: LoginResult;
  /** Adds `Set-Cookie` to the answer, whichever it is. */
  setCookies(cookies: string[]): void;
}

const known = new WeakMap<FastifyRequest, PassportRequest>();

/** Fastify's request, in the form passport expects; the same object for each look at the same request. */
export function passportRequest(request: FastifyRequest, reply: FastifyReply): PassportRequest {
  const existing = known.get(request);
  if (existing) return existing;
  const created: PassportRequest = {
    method: request.method,
    url: request.url,
    headers: request.headers,
    query: {},
    setCookies: (cookies) => void reply.header('set-cookie', cookies),
  };
  known.set(request, created);
  return created;
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
