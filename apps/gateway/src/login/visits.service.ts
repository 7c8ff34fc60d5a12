import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type LoginClient, type LoginSite, siteFor } from './login-client.js';
import { LoginClients } from './login-clients.service.js';

/** A browser at one of the gateway's own addresses. */
export interface Visit {
  readonly client: LoginClient;
  readonly site: LoginSite;
  /** Of the session, whether there is one or not. */
  readonly secret: string | undefined;
}

/** Says for which login client a browser comes. */
@Injectable()
export class Visits {
  constructor(private readonly clients: LoginClients) {}

  /** @param name what the query says; undefined: the built-in login client. @throws Problem 404 when there is no such one */
  of({ host, headers }: FastifyRequest, name: unknown): Visit {
    const client = name === undefined || typeof name === 'string' ? this.clients.get(name) : undefined;
    if (!client) throw new Problem(404, 'There is no such login client.');
    const site = siteFor(client, host);
    return { client, site, secret: site.cookies.session(headers.cookie) };
  }
}
