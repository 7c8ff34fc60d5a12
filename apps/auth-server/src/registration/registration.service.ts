import { OAuthError, Problem } from '@gatehouse/http';
import { bearerChallenge, hashOf, matchesHash, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Audit } from '../audit/audit.service.js';
import { ClientRules } from '../client-policy/client-rules.service.js';
import { Client, type RegistrationTerms } from '../clients/client.entity.js';
import { ClientsService, type RegisteredClient } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { type InitialAccessToken, InitialAccessTokens } from './initial-access-tokens.service.js';
import { checkUpdate } from './update-request.js';
import { SoftwareStatements } from './software-statements.service.js';

export type Members = Readonly<Record<string, unknown>>;

/** A client with the token that manages it, in the clear. */
export interface Registered extends RegisteredClient {
  readonly registrationToken: string;
}

/** Clients that register themselves (RFC 7591) and manage themselves (RFC 7592). */
@Injectable()
export class RegistrationService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly rules: ClientRules,
    private readonly initialAccessTokens: InitialAccessTokens,
    private readonly statements: SoftwareStatements,
    private readonly audit: Audit,
  ) {}

  /** @throws OAuthError invalid_token, or as RFC 7591 §3.2.2 names them */
  async register(body: Members, token: string | undefined, address: string): Promise<Registered> {
    const initial = await this.admit(token);
    const terms = initial && termsOf(initial);
    const metadata = await this.review(body, address, terms, initial);
    if (initial && !(await this.initialAccessTokens.use(initial.id))) throw unknownToken();
    const registrationToken = newSecret();
    const registered = await this.attempt(
      () =>
        this.clients.register({
          metadata,
          origin: 'dynamic',
          registrationTokenHash: hashOf(registrationToken),
          ...(terms ? { registrationTerms: terms } : {}),
        }),
      async () => initial && this.initialAccessTokens.giveBack(initial.id),
    );
    this.record('client.registered', registered.client, address, { initial_access_token: initial?.id });
    return { ...registered, registrationToken };
  }

  /**
   * The client that a registration access token manages. An unknown client and a wrong token look the same.
   * @throws OAuthError invalid_token (RFC 7592 §2.1)
   */
  async authorize(clientId: string, token: string | undefined): Promise<Client> {
    if (token === undefined) throw noToken();
    const client = await this.clients.read(clientId);
    const hash = client?.registrationTokenHash;
    if (!client || !hash || !matchesHash(token, hash)) throw unknownToken();
    return client;
  }

  /** Replaces all metadata (RFC 7592 §2.2); the token is exchanged for a new one. */
  async update(client: Client, body: Members, token: string, address: string): Promise<Registered> {
    checkUpdate(client, body);
    const metadata = await this.review(body, address, client.registrationTerms ?? undefined);
    const registrationToken = newSecret();
    // Rotated first, in one statement: of two updates with one token, one is made.
    if (!(await this.rotate(client, token, registrationToken))) throw unknownToken();
    const registered = await this.attempt(
      () => this.clients.replace(client, metadata),
      () => this.rotate(client, registrationToken, token),
    );
    this.record('client.changed', client, address);
    return { ...registered, registrationToken };
  }

  /** RFC 7592 §2.3: its grants and tokens end with it. */
  async delete(client: Client, address: string): Promise<void> {
    await this.clients.delete(client.clientId);
    this.record('client.deleted', client, address);
  }

  private async admit(token: string | undefined): Promise<InitialAccessToken | undefined> {
    if (token === undefined) {
      if (this.config.registration === 'open') return undefined;
      throw noToken();
    }
    const initial = await this.initialAccessTokens.find(token);
    if (!initial) throw unknownToken();
    return initial;
  }

  private async review(
    body: Members,
    address: string,
    terms: RegistrationTerms = {},
    initial?: InitialAccessToken,
  ) {
    const softwareStatement = await this.statements.read(body.software_statement);
    return this.rules.review({
      // RFC 7591 §2.3: the statement's claims take precedence.
      body: { ...body, ...softwareStatement },
      origin: 'dynamic',
      address,
      ...(softwareStatement ? { softwareStatement } : {}),
      ...(initial ? { initialAccessToken: initial.note } : {}),
      ...terms,
    });
  }

  private async rotate(client: Client, from: string, to: string): Promise<boolean> {
    const { affected } = await this.database
      .getRepository(Client)
      .update(
        { clientId: client.clientId, registrationTokenHash: hashOf(from) },
        { registrationTokenHash: hashOf(to) },
      );
    return affected === 1;
  }

  private async attempt(work: () => Promise<RegisteredClient>, undo: () => Promise<unknown>) {
    try {
      return await work();
    } catch (error) {
      await undo();
      throw takenRedirectUri(error) ?? error;
    }
  }

  private record(type: string, client: Client, address: string, detail: Members = {}): void {
    this.audit.record({ type, clientId: client.clientId, address, detail: { origin: 'dynamic', ...detail } });
  }
}

function termsOf({ grantTypes, scopes }: InitialAccessToken): RegistrationTerms {
  return { ...(grantTypes ? { grantTypes } : {}), ...(scopes ? { scopes } : {}) };
}

/** RFC 7591 §3.2.2. */
function takenRedirectUri(error: unknown): OAuthError | undefined {
  const taken = error instanceof Problem && error.errors[0]?.pointer.startsWith('/redirect_uris');
  return taken ? new OAuthError('invalid_redirect_uri', 'Another client has this redirect URI') : undefined;
}

function noToken(): OAuthError {
  return new OAuthError('invalid_token', 'This needs a token in the Authorization header', {
    headers: { 'www-authenticate': bearerChallenge({}) },
  });
}

function unknownToken(): OAuthError {
  const errorDescription = 'The token is unknown, used up or expired';
  return new OAuthError('invalid_token', errorDescription, {
    headers: { 'www-authenticate': bearerChallenge({ error: 'invalid_token', errorDescription }) },
  });
}
