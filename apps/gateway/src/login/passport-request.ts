import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LoginClient, LoginSite } from './login-client.js';
import type { Login } from './login-path.js';
import type { Provider } from './provider.js';

/** A login under way: who asks whom, and what the answer must repeat. */
export interface LoginAttempt {
  readonly client: LoginClient;
  readonly provider: Provider;
  readonly site: LoginSite;
  /** Set where a login begins, and again at its end; so is what follows. */
  login?: Login;
  /** Of the authorization request (OpenID Connect Core §3.1.2.1). */
  nonce?: string;
}

/** What the token endpoint answered, before anything of it is believed. */
export interface TokenAnswer {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A request as passport and its strategies know one. */
export interface PassportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: FastifyRequest['headers'];
  /** Only what has been checked: passport-oauth2 acts on `code` and `error` wherever it meets them. */
  query: Readonly<Record<string, string>>;
  /** Set before passport sees the request. */
  attempt?: LoginAttempt;
  /** Set by passport when the code was exchanged. */
  user?: TokenAnswer;
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
