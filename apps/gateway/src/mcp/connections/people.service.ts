import { createHmac } from 'node:crypto';
import { deriveKey, equalSecrets } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import type { Caller } from '../../guards/route-guard.js';
import type { LoginClient } from '../../login/login-client.js';
import { LoginClients } from '../../login/login-clients.service.js';
import { Issuers } from '../../tokens/issuers.service.js';
import type { Person } from './account.js';
import { connectPath } from './addresses.js';

/** Who a caller is, and where the same person can sign in to connect an account. */
@Injectable()
export class People {
  private readonly markKey: Buffer;

  constructor(
    private readonly logins: LoginClients,
    private readonly issuers: Issuers,
    @Inject(CONFIG) config: Config,
  ) {
    this.markKey = deriveKey(config.secret, 'links to MCP servers');
  }

  /** @returns undefined for who is no user of an issuer: a consumer, say */
  of({ issuer, subject }: Caller): Person | undefined {
    if (issuer === undefined || subject === undefined) return undefined;
    const url = this.loginNamed(issuer)?.issuer ?? this.issuers.named(issuer)?.rules.url;
    return url === undefined ? undefined : { issuer: url, subject };
  }

  /** Where the person connects an account; undefined where nobody of that issuer can sign in. */
  linkFor(caller: Caller, person: Person, server: string): string | undefined {
    const login = this.loginNamed(caller.issuer!) ?? this.logins.atIssuer(person.issuer);
    if (!login) return undefined;
    const query = new URLSearchParams({ for: this.markOf(person, server) });
    if (login.addressName !== undefined) query.set('client', login.addressName);
    return `${login.sites[0].base}${connectPath(server)}?${query.toString()}`;
  }

  /** Whether a link was made for this person. */
  isFor(mark: string, person: Person, server: string): boolean {
    return equalSecrets(mark, this.markOf(person, server));
  }

  private loginNamed(issuer: string): LoginClient | undefined {
    return issuer.startsWith('login:') ? this.logins.get(issuer.slice('login:'.length)) : undefined;
  }

  private markOf({ issuer, subject }: Person, server: string): string {
    const text = JSON.stringify([issuer, subject, server]);
    return createHmac('sha256', this.markKey).update(text).digest('base64url').slice(0, 22);
  }
}
