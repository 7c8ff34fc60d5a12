import { Problem } from '@gatehouse/http';
import { Store } from '@gatehouse/store';
import { hashOf, InvalidTokenError } from '@gatehouse/token';
import { Controller, HttpCode, Inject, Logger, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readForm } from './form-body.js';
import { printable } from './gatehouse-auth.guard.js';
import type { LoginClient } from './login-client.js';
import { LoginClients } from './login-clients.service.js';
import { LoginSessions } from './login-sessions.service.js';
import { addresseeOf, type Logout, REPLAY_S, verifyLogoutToken } from './logout-token.js';
import { Providers } from './providers.service.js';

/** `/.gatehouse/backchannel-logout`: providers say whose sessions are over (OpenID Connect Back-Channel Logout). */
@Controller('.gatehouse/backchannel-logout')
export class BackchannelLogoutController {
  private readonly logger = new Logger(BackchannelLogoutController.name);

  constructor(
    private readonly clients: LoginClients,
    private readonly providers: Providers,
    private readonly sessions: LoginSessions,
    @Inject(Store) private readonly store: Store,
  ) {}

  /** §2.5 to §2.8. */
  @Post()
  @HttpCode(200)
  async logout(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    reply.header('cache-control', 'no-store');
    try {
      await this.end(await readForm(request));
      return reply.status(200).send();
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
      this.logger.warn(`A logout token is refused: ${printable(error)}`);
      return reply.status(400).send({ error: 'invalid_request', error_description: error.message });
    }
  }

  /** @throws InvalidTokenError; Problem 503 when the provider's keys cannot be had: it may try again */
  private async end(form: URLSearchParams | undefined): Promise<void> {
    const [token, another] = form?.getAll('logout_token') ?? [];
    if (token === undefined || another !== undefined) {
      throw new InvalidTokenError('The body must be a form with one logout_token');
    }
    const addressee = addresseeOf(token);
    const clients = addressee ? this.clients.addressedBy(addressee.issuer, addressee.clientIds) : [];
    if (clients.length === 0) throw new InvalidTokenError('The logout token is for no login client');
    const { client, logout } = await this.verified(token, clients);
    await this.once(client, logout, () => this.sessions.endedByProvider(client, logout));
  }

  /** Several login clients may be one client at the provider, and differ in the algorithm only. */
  private async verified(token: string, clients: readonly LoginClient[]) {
    let refusal: unknown;
    for (const client of clients) {
      try {
        const provider = await this.providers.of(client.issuer);
        return { client, logout: await verifyLogoutToken(token, client, provider) };
      } catch (error) {
        if (!(error instanceof InvalidTokenError)) throw unavailable(error as Error);
        refusal = error;
      }
    }
    throw refusal;
  }

  /** §2.6 (7): a token that was seen says nothing new; one whose work failed may come again. */
  private async once({ issuer }: LoginClient, { jti }: Logout, work: () => Promise<void>): Promise<void> {
    const key = `logout:${hashOf(JSON.stringify([issuer, jti]))}`;
    if (!(await this.store.add(key, '1', REPLAY_S))) {
      throw new InvalidTokenError('The logout token has been used already');
    }
    try {
      await work();
    } catch (error) {
      await this.store.delete(key).catch(() => undefined);
      throw error;
    }
  }
}

function unavailable(cause: Error): Problem {
  return new Problem(503, 'The keys of the provider cannot be had just now.', {
    headers: { 'retry-after': '1' },
    cause,
  });
}
