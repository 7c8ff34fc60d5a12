import { OAuthError } from '@gatehouse/http';
import { type Actor, InvalidTokenError } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { GrantsService } from '../grants/grants.service.js';
import { KeysService, SIGNING_ALGORITHMS } from '../keys/keys.service.js';
import { AccessTokenReader } from '../token/access-token-reader.service.js';
import { ACCESS_TOKEN, ID_TOKEN, JWT } from './token-types.js';

const mayAct = z.looseObject({
  sub: z.string().optional(),
  iss: z.string().optional(),
  client_id: z.string().optional(),
});

/** Who may act for a subject (RFC 8693 §4.4). */
export type MayAct = z.output<typeof mayAct>;

/** What a token of an exchange stands for. */
export interface ExchangedToken {
  readonly subject: string;
  /** The user behind it, when there is one: other clients may know them by other names. */
  readonly userId: string | undefined;
  /** Whom it was issued to. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** Epoch seconds. */
  readonly exp: number;
  readonly authTime: number | undefined;
  readonly grantId: string | undefined;
  readonly act: Actor | undefined;
  readonly mayAct: MayAct | undefined;
}

/** Reads the tokens that clients bring to be exchanged: this server's own, in force. */
@Injectable()
export class ExchangedTokens {
  constructor(
    private readonly accessTokens: AccessTokenReader,
    private readonly grants: GrantsService,
    private readonly subjects: Subjects,
    private readonly keys: KeysService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws OAuthError invalid_request (RFC 8693 §2.2.2) */
  async read(
    name: 'subject_token' | 'actor_token',
    token: string,
    type: string,
    client: Client,
  ): Promise<ExchangedToken> {
    try {
      if (type === ACCESS_TOKEN || type === JWT) return await this.accessToken(token);
      if (type === ID_TOKEN) return await this.idToken(token, client);
    } catch (error) {
      if (error instanceof InvalidTokenError) throw invalid(`${name} is not accepted: ${error.reason}`);
      throw error;
    }
    throw invalid(`${name}_type must be ${ACCESS_TOKEN}, ${JWT} or ${ID_TOKEN}`);
  }

  private async accessToken(token: string): Promise<ExchangedToken> {
    const { claims, scopes, audiences } = await this.accessTokens.readActive(token);
    const grant = claims.grant_id === undefined ? undefined : await this.grants.find(claims.grant_id);
    if (claims.grant_id !== undefined && (!grant || grant.revokedAt))
      throw new InvalidTokenError('What it was issued under is revoked');
    return {
      subject: claims.sub,
      userId: grant?.userId,
      clientId: claims.client_id,
      scopes,
      audiences,
      exp: claims.exp,
      authTime: authTimeOf(claims),
      grantId: claims.grant_id,
      act: claims.act,
      mayAct: mayActOf(claims),
    };
  }

  /** An ID Token is for its own client alone (OpenID Connect Core §2), and says nothing of any scope. */
  private async idToken(token: string, client: Client): Promise<ExchangedToken> {
    const claims = await this.verifyIdToken(token);
    if (claims.aud !== client.clientId) throw new InvalidTokenError('It is an ID Token of another client');
    return {
      subject: claims.sub!,
      userId: this.subjects.userIdOf(client, claims.sub!),
      clientId: client.clientId,
      scopes: [],
      audiences: [],
      exp: claims.exp!,
      authTime: authTimeOf(claims),
      grantId: undefined,
      act: undefined,
      mayAct: mayActOf(claims),
    };
  }

  private async verifyIdToken(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.keys.resolve, {
        issuer: this.config.issuer,
        typ: 'JWT',
        algorithms: [...SIGNING_ALGORITHMS],
        // `auth_time` is in no other JWT of this server with this `typ`.
        requiredClaims: ['sub', 'exp', 'iat', 'auth_time'],
      });
      return payload;
    } catch {
      throw new InvalidTokenError('It is no ID Token of this server that is in force');
    }
  }
}

function authTimeOf({ auth_time: authTime }: JWTPayload): number | undefined {
  return typeof authTime === 'number' ? authTime : undefined;
}

/** One that cannot be read must not count as one that forbids nothing (RFC 8693 §4.4). */
function mayActOf({ may_act: value }: JWTPayload): MayAct | undefined {
  if (value === undefined) return undefined;
  const read = mayAct.safeParse(value);
  if (!read.success) throw new InvalidTokenError('may_act is malformed');
  return read.data;
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', description);
}
