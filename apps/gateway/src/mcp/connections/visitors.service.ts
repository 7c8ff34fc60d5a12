import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LoginSessions } from '../../login/login-sessions.service.js';
import { type Visit, Visits } from '../../login/visits.service.js';
import type { Person } from './account.js';

/** A user at one of the pages, signed in. */
export interface Visitor {
  readonly person: Person;
  /** The secret of their login session. */
  readonly secret: string;
  /** As people call themselves. */
  readonly name: string;
}

/** Says who is at a page. */
@Injectable()
export class Visitors {
  constructor(
    private readonly visits: Visits,
    private readonly sessions: LoginSessions,
  ) {}

  /**
   * @param login the name of a login client as the query says it
   * @returns no visitor where nobody is signed in
   * @throws Problem 404 where there is no such login client
   */
  async at(
    request: FastifyRequest,
    login: unknown,
  ): Promise<{ readonly visit: Visit; readonly visitor: Visitor | undefined }> {
    const visit = this.visits.of(request, login);
    const { client, secret } = visit;
    const session = await this.sessions.find(client, secret);
    if (!session) return { visit, visitor: undefined };
    const { subject, name, username, email } = session.caller;
    const person = { issuer: client.issuer, subject: subject! };
    return { visit, visitor: { person, secret: secret!, name: name ?? username ?? email ?? subject! } };
  }
}
