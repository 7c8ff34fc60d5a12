import { OAuthError } from '@gatehouse/http';
import type { PublicJwks } from '@gatehouse/client';
import { InvalidTokenError } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { decodeJwt, errors, jwtVerify } from 'jose';
import { DataSource } from 'typeorm';
import { type AssertionKeys, KeyFinder } from '../assertions/key-finder.service.js';

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];

/** Claims about the statement itself; the others are metadata (RFC 7591 §2.3). */
const ABOUT = new Set(['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti']);

/** Reads software statements: metadata that somebody an administrator trusts has signed (RFC 7591 §2.3). */
@Injectable()
export class SoftwareStatements {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly keyFinder: KeyFinder,
  ) {}

  /**
   * The metadata that a statement asserts, and the statement itself; undefined when there is none.
   * @throws OAuthError invalid_software_statement, unapproved_software_statement (RFC 7591 §3.2.2)
   */
  async read(statement: unknown): Promise<Readonly<Record<string, unknown>> | undefined> {
    if (statement === undefined || statement === null) return undefined;
    if (typeof statement !== 'string') throw invalid('software_statement must be a JWT');
    const keys = await this.keysOf(issuerOf(statement));
    try {
      const options = { algorithms: ALGORITHMS, requiredClaims: ['iss'] };
      const { payload } = await this.keyFinder.withKey(keys, (key) => jwtVerify(statement, key, options));
      const asserted = Object.entries(payload).filter(([name]) => !ABOUT.has(name));
      return { ...Object.fromEntries(asserted), software_statement: statement };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof InvalidTokenError) {
        throw invalid('software_statement has expired, or is not signed by its issuer');
      }
      throw error;
    }
  }

  private async keysOf(issuer: string): Promise<AssertionKeys> {
    const [row] = await this.database.query<{ jwks: PublicJwks | null; jwks_uri: string | null }[]>(
      'SELECT jwks, jwks_uri FROM auth.software_statement_issuer WHERE issuer = $1',
      [issuer],
    );
    if (row?.jwks_uri) return { jwksUri: row.jwks_uri };
    if (row?.jwks) return { jwks: row.jwks };
    throw new OAuthError(
      'unapproved_software_statement',
      'The issuer of the software_statement is not one that this server trusts',
    );
  }
}

function issuerOf(statement: string): string {
  try {
    const { iss } = decodeJwt(statement);
    if (typeof iss === 'string' && !iss.includes('\0')) return iss;
  } catch {
    // Told below.
  }
  throw invalid('software_statement must be a signed JWT with iss (RFC 7591 section 2.3)');
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_software_statement', description);
}
