import { OAuthError, readParameters } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import { compactVerify } from 'jose';
import { z } from 'zod';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { PageError } from '../error-pages/page-error.js';
import { KeysService, SIGNING_ALGORITHMS } from '../keys/keys.service.js';

/** What an application may say when it sends somebody here to sign out (OpenID Connect RP-Initiated Logout §2). */
export const LOGOUT_PARAMETERS = [
  'id_token_hint',
  'logout_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'ui_locales',
] as const;

/** A request that was checked. */
export interface LogoutRequest {
  readonly client: Client | undefined;
  /** Of an ID Token that this server gave the client: whose session is meant. */
  readonly hint: IdTokenHint | undefined;
  /** Where the browser goes afterwards: registered by the client, `state` added. */
  readonly target: string | undefined;
  /** The parameters again, for the confirmation to send along. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface IdTokenHint {
  readonly sub: string;
  readonly sid?: string | undefined;
  readonly audiences: readonly string[];
}

const hintClaims = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  sid: z.string().optional(),
  aud: z.union([z.string().transform((aud) => [aud]), z.array(z.string()).min(1)]),
});

/** Reads requests to `end_session_endpoint`. What is wrong with one is told on a page, and nobody is sent anywhere. */
@Injectable()
export class LogoutRequests {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clients: ClientsService,
    private readonly keys: KeysService,
  ) {}

  /** @throws PageError */
  async read(source: unknown): Promise<LogoutRequest> {
    const single = singles(source);
    const hint = single.id_token_hint === undefined ? undefined : await this.hint(single.id_token_hint);
    const client = await this.client(single.client_id, hint);
    return {
      client,
      hint,
      target: targetOf(client, single.post_logout_redirect_uri, single.state),
      parameters: Object.fromEntries(
        LOGOUT_PARAMETERS.flatMap((name) => (single[name] === undefined ? [] : [[name, single[name]]])),
      ),
    };
  }

  /** §2: it may have expired, but must be one of this server's. */
  private async hint(token: string): Promise<IdTokenHint> {
    try {
      const { payload, protectedHeader } = await compactVerify(token, this.keys.resolve as never, {
        algorithms: [...SIGNING_ALGORITHMS],
      });
      // An access token or a logout token is signed with the same keys, and is no ID Token (RFC 8725 §3.11).
      z.literal('JWT').parse(protectedHeader.typ);
      const claims = hintClaims.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
      if (claims.iss === this.config.issuer) return { ...claims, audiences: claims.aud };
    } catch {
      // Told below.
    }
    throw unusable('id_token_hint is not an ID Token of this issuer.');
  }

  private async client(id: string | undefined, hint: IdTokenHint | undefined): Promise<Client | undefined> {
    if (id !== undefined && hint && !hint.audiences.includes(id)) {
      throw unusable('client_id is not the client that the id_token_hint was issued to.');
    }
    const named = id ?? hint?.audiences[0];
    if (named === undefined) return undefined;
    const client = await this.clients.find(named).catch((error: unknown) => {
      if (error instanceof OAuthError) return undefined;
      throw error;
    });
    if (!client && id !== undefined) throw unusable('No client is registered under this client_id.');
    return client;
  }
}

function singles(source: unknown): Readonly<Record<string, string | undefined>> {
  try {
    return readParameters(source).single;
  } catch (error) {
    throw error instanceof OAuthError ? unusable(`${error.description}.`) : error;
  }
}

/** §3: only to an address that is registered, to the letter. */
function targetOf(
  client: Client | undefined,
  uri: string | undefined,
  state: string | undefined,
): string | undefined {
  if (uri === undefined) return undefined;
  if (!client) throw unusable('post_logout_redirect_uri needs client_id or id_token_hint beside it.');
  if (!client.metadata.post_logout_redirect_uris?.includes(uri)) {
    throw unusable('The post_logout_redirect_uri is not one that this client has registered.');
  }
  if (state === undefined) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state }).toString()}`;
}

function unusable(detail: string): PageError {
  return new PageError(400, {
    title: 'This sign-out link does not work',
    text: 'The application that sent you here made a request that cannot be trusted. You are still signed in.',
    detail,
    link: { href: '/logout', text: 'Sign out here' },
  });
}
