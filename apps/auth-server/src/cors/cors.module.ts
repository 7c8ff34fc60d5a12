import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Endpoints that an app in a browser calls from its own origin. None of them reads a cookie: whoever calls proves who
 * they are by what only they know, so any origin may (RFC 9700 §2.6 names the endpoints, and leaves out the
 * authorization endpoint).
 */
const OPEN_PATHS: ReadonlySet<string> = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/jwks',
  '/oauth2/device_authorization',
  '/oauth2/par',
  '/oauth2/register',
  '/oauth2/revoke',
  '/oauth2/token',
  '/userinfo',
]);

const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
  'access-control-max-age': '600',
};

const ANSWER = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'WWW-Authenticate, DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id',
};

/** Cross-origin calls (Fetch standard §3.2), without credentials. */
@Module({})
export class CorsModule implements OnModuleInit {
  constructor(private readonly adapter: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, reply, done) => {
      if (request.headers.origin === undefined || !isOpen(request)) return done();
      if (isPreflight(request)) return void preflight(reply);
      reply.headers(ANSWER);
      done();
    });
  }
}

function isOpen({ url }: FastifyRequest): boolean {
  const end = url.indexOf('?');
  return OPEN_PATHS.has(end < 0 ? url : url.slice(0, end));
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function preflight(reply: FastifyReply): FastifyReply {
  return reply.status(204).headers(PREFLIGHT).send();
}
