import { clientMetadata, type ClientMetadata } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { parseScope } from '@gatehouse/token';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { ZodError } from 'zod';
import { ClientAuthenticators } from '../clients/authentication/client-authenticators.service.js';
import { OPERATOR_SCOPES, ResourcesService } from '../resources/resources.service.js';
import { GrantTypes } from '../token/grant-types.service.js';
import { ClientPolicy, type ClientRegistration, type ClientReviewer } from './client-policy.js';
import { registrableMembers } from './registrable-members.js';

/** Grant types by which a person is asked before the client gets anything. */
const WITH_CONSENT = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];

/** For migration only: an administrator switches them on, for one client at a time. */
const ADMINISTRATORS_ONLY: ReadonlySet<string> = new Set(['implicit', 'password']);

/** What a client asks to be registered as. */
export interface Application extends Omit<ClientRegistration, 'metadata'> {
  readonly body: Readonly<Record<string, unknown>>;
  /** Grant types and scopes that an initial access token allows; by default those that a person agrees to. */
  readonly grantTypes?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** What a client that no administrator registered may be. */
@Injectable()
export class ClientRules implements OnModuleInit {
  private policies: readonly ClientReviewer[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly grantTypes: GrantTypes,
    private readonly authenticators: ClientAuthenticators,
    private readonly resources: ResourcesService,
  ) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: ClientPolicy.KEY });
    this.policies = marked.map((wrapper) => wrapper.instance as ClientReviewer);
  }

  /**
   * The metadata to register. What it does not know is left out (RFC 7591 §2).
   * @throws OAuthError invalid_redirect_uri, invalid_client_metadata (RFC 7591 §3.2.2), or what a policy throws
   */
  async review(application: Application): Promise<ClientMetadata> {
    const { body, grantTypes, scopes, ...about } = application;
    const members = registrableMembers(body);
    const metadata = checked({ ...members, scope: await this.scope(members.scope, scopes) });
    this.checkGrantTypes(metadata, grantTypes ?? WITH_CONSENT);
    const method = metadata.token_endpoint_auth_method;
    if (!this.authenticators.has(method))
      throw invalid(`token_endpoint_auth_method: this server has no ${method}`);
    let reviewed = metadata;
    for (const policy of this.policies) {
      const amendment = await policy.review({ ...about, metadata: reviewed });
      if (amendment) reviewed = checked({ ...reviewed, ...amendment });
    }
    return reviewed;
  }

  private checkGrantTypes(metadata: ClientMetadata, allowed: readonly string[]): void {
    for (const type of metadata.grant_types) {
      if (!this.grantTypes.has(type)) throw invalid(`grant_types: this server has no ${type}`);
      if (ADMINISTRATORS_ONLY.has(type) || !allowed.includes(type)) {
        throw invalid(`grant_types: only an administrator registers a client for ${type}`);
      }
    }
    const other = metadata.response_types.find((type: string) => type !== 'code');
    if (other !== undefined) throw invalid(`response_types: only an administrator registers ${other}`);
  }

  /** RFC 7591 §2: without a scope the client gets the default set; of an unknown scope nothing is kept. */
  private async scope(asked: unknown, allowed: readonly string[] | undefined): Promise<unknown> {
    if (asked !== undefined && typeof asked !== 'string') return asked;
    const all = (await this.resources.names()).filter((one) => !OPERATOR_SCOPES.has(one));
    const may = allowed === undefined ? all : all.filter((one) => allowed.includes(one));
    if (asked === undefined) return may.join(' ');
    const scopes = parseScope(asked);
    if (!scopes) throw invalid('scope: is malformed (RFC 6749 §3.3)');
    const operator = scopes.find((one) => OPERATOR_SCOPES.has(one));
    if (operator !== undefined) throw invalid(`scope: only an administrator gives ${operator}`);
    return scopes.filter((one) => may.includes(one)).join(' ');
  }
}

function checked(members: Readonly<Record<string, unknown>>): ClientMetadata {
  const result = clientMetadata.safeParse(members);
  if (result.success) return result.data;
  throw faultOf(result.error);
}

function faultOf(error: ZodError): OAuthError {
  const issue = error.issues[0]!;
  const member = String(issue.path[0] ?? 'The metadata');
  const description = asDescription(`${issue.path.join('.') || member}: ${issue.message}`);
  return member === 'redirect_uris'
    ? new OAuthError('invalid_redirect_uri', description)
    : invalid(description);
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', asDescription(description));
}

/** The characters that an error's description may have (RFC 6749 §5.2). */
function asDescription(text: string): string {
  const ascii = text.replaceAll('§', 'section ').replace(/["\\]/g, "'");
  return ascii.slice(0, 500).replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?');
}
