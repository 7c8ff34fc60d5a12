import { CLIENT_SIGNING_ALGORITHMS } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { InvalidTokenError, missingScopes, parseScope, readUnverifiedJwt } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { Assertions } from '../assertions/assertions.service.js';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import { AccessTokens } from '../token/access-tokens.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../token/grant-type.js';
import { UsersService } from '../users/users.service.js';
import type { TrustedIssuer } from './trusted-issuer.entity.js';
import { TrustedIssuers } from './trusted-issuers.service.js';

/** `typ` of an assertion that is a grant, where its issuer says it (RFC 7523bis §4). */
const TYPES = ['authorization-grant+jwt'];

interface Subject {
  readonly subject: string;
  readonly userId?: string;
}

/** RFC 7523 §2.1: a JWT of a trusted issuer, in exchange for an access token. Never a refresh token (RFC 7521 §4.1). */
@Injectable()
@GrantType('urn:ietf:params:oauth:grant-type:jwt-bearer')
export class JwtBearerGrant implements GrantHandler {
  private readonly audiences: ReadonlySet<string>;

  constructor(
    private readonly issuers: TrustedIssuers,
    private readonly assertions: Assertions,
    private readonly users: UsersService,
    private readonly subjects: Subjects,
    private readonly resources: ResourcesService,
    private readonly accessTokens: AccessTokens,
    @Inject(CONFIG) { issuer }: Config,
  ) {
    this.audiences = new Set([issuer, `${issuer}/oauth2/token`]);
  }

  async handle(request: TokenRequest): Promise<TokenResponse> {
    const { client, parameters, resource, address, confirmation } = request;
    const { assertion } = parameters;
    if (assertion === undefined)
      throw new OAuthError('invalid_request', 'assertion is missing (RFC 7523 section 2.1)');
    const trusted = await this.trusted(assertion, client);
    // Before the assertion is spent: a request that fails for its scope costs the client nothing.
    const target = await this.resources.resolve(scopesFor(trusted, client, parameters.scope), resource);
    if (target.resources.length === 0)
      throw new OAuthError('invalid_scope', 'There is no scope of any API to give');
    const subject = await this.subjectOf(await this.verify(assertion, trusted), trusted, client);
    return this.accessTokens.issue({
      ...subject,
      client,
      scopes: target.scopes,
      audience: target.resources,
      address,
      confirmation,
    });
  }

  private async trusted(assertion: string, client: Client): Promise<TrustedIssuer> {
    const iss = readUnverifiedJwt(assertion)?.claims.iss;
    const trusted = typeof iss === 'string' ? await this.issuers.findByIssuer(iss) : undefined;
    if (!trusted) throw invalid('The assertion is of no trusted issuer');
    if (trusted.clientIds && !trusted.clientIds.includes(client.clientId))
      throw invalid('The client may not bring assertions of this issuer');
    return trusted;
  }

  /** The `sub` of the assertion, which is good for this once. */
  private async verify(assertion: string, { issuer, jwks, jwksUri }: TrustedIssuer): Promise<string> {
    try {
      const claims = await this.assertions.verify(assertion, {
        issuer,
        audiences: this.audiences,
        types: TYPES,
        algorithms: CLIENT_SIGNING_ALGORITHMS,
        keys: jwksUri === null ? { jwks: jwks ?? { keys: [] } } : { jwksUri },
      });
      return claims.sub!;
    } catch (error) {
      if (error instanceof InvalidTokenError) throw invalid(error.reason);
      throw error;
    }
  }

  private async subjectOf(sub: string, trusted: TrustedIssuer, client: Client): Promise<Subject> {
    if (trusted.subjects && !trusted.subjects.includes(sub))
      throw invalid('The issuer may not speak for this subject');
    // A name that no user and no client has: it begins with the issuer's.
    if (trusted.subjectMapping === 'own') return { subject: `${trusted.issuer}|${sub}` };
    const user =
      trusted.subjectMapping === 'username'
        ? await this.users.findByUsername(sub)
        : await this.users.find(sub);
    if (!user) throw invalid('The subject of the assertion is no user here');
    return { subject: this.subjects.of(client, user.id), userId: user.id };
  }
}

/** What issuer and client both may have: all of it, or what is asked for. */
function scopesFor({ scopes }: TrustedIssuer, client: Client, scope: string | undefined): string[] {
  const registered = parseScope(client.metadata.scope) ?? [];
  const allowed = scopes.filter((one) => registered.includes(one));
  if (scope === undefined) return allowed;
  const asked = parseScope(scope);
  if (!asked || missingScopes(allowed, asked).length > 0)
    throw new OAuthError('invalid_scope', 'scope asks for more than the issuer and the client may have');
  return asked;
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_grant', description);
}
