import { OAuthError, readParameters } from '@gatehouse/http';
import { All, Body, Controller, Header, HttpCode, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Source } from '../authorize/authorization-request.js';
import { type OpenedRequest, RequestOpener } from '../authorize/request-opener.service.js';
import { RequestReader } from '../authorize/request-reader.service.js';
import { UntrustedRequestError } from '../authorize/untrusted-request-error.js';
import { ClientAuthentication } from '../clients/client-authentication.service.js';
import type { Client } from '../clients/client.entity.js';
import { Possessions } from '../possession/possessions.service.js';
import { LIFETIME_S, PushedRequests } from './pushed-requests.service.js';

/** What proves who the client is, and is no part of its request. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

/** `POST /oauth2/par` (RFC 9126 §2): a client sends its authorization request ahead. */
@Controller('oauth2/par')
export class ParController {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly opener: RequestOpener,
    private readonly reader: RequestReader,
    private readonly requests: PushedRequests,
    private readonly possessions: Possessions,
  ) {}

  // All, because another method is told 405 (RFC 9126 §2.3), not that there is nothing here.
  @All()
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  async push(
    @Body() body: Source | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (request.method !== 'POST') throw otherMethod();
    const { single } = readParameters(body);
    const client = await this.clients.authenticateCaller(request, single);
    // RFC 9126 §2.1: the one parameter that must not be sent here.
    if (single.request_uri !== undefined)
      throw new OAuthError('invalid_request', 'request_uri must not be pushed (RFC 9126 section 2.1)');
    const opened = await this.checked(client, withoutCredentials(body ?? {}));
    const parameters = bound(opened.parameters, await this.provenKey(request, reply, client));
    const { signed } = opened;
    const requestUri = await this.requests.keep({ clientId: client.clientId, parameters, signed });
    return { request_uri: requestUri, expires_in: LIFETIME_S };
  }

  /** RFC 9449 §10.1: a proof that comes along names the key that the code shall be for. */
  private async provenKey(request: FastifyRequest, reply: FastifyReply, client: Client) {
    if (request.headers.dpop === undefined) return undefined;
    return (await this.possessions.confirm({ request, reply, client }))?.jkt;
  }

  /** RFC 9126 §2.1: as the authorization endpoint would check it. */
  private async checked(client: Client, source: Source): Promise<OpenedRequest> {
    try {
      const opened = await this.opener.openFor(client, source);
      await this.reader.read({ ...opened, pushed: true });
      return opened;
    } catch (error) {
      if (error instanceof UntrustedRequestError) throw asOAuthError(error);
      throw error;
    }
  }
}

/** RFC 9449 §10.1: as if `dpop_jkt` had been sent; where it was, both must name one key. */
function bound(parameters: Source, jkt: string | undefined): Source {
  if (jkt === undefined) return parameters;
  if (parameters.dpop_jkt !== undefined && parameters.dpop_jkt !== jkt)
    throw new OAuthError(
      'invalid_request',
      'dpop_jkt is not the key of the DPoP proof (RFC 9449 section 10.1)',
    );
  return { ...parameters, dpop_jkt: jkt };
}

/** RFC 9126 §2.3: there is nobody to redirect, so the client itself is told. */
function asOAuthError(error: UntrustedRequestError): OAuthError {
  if (error.cause instanceof OAuthError) return error.cause;
  return new OAuthError('invalid_request', error.message.replace(/\.$/, ''));
}

function otherMethod(): OAuthError {
  return new OAuthError('invalid_request', 'Requests are pushed by POST (RFC 9126 section 2.1)', {
    status: 405,
    headers: { allow: 'POST' },
  });
}

function withoutCredentials(source: Source): Source {
  return Object.fromEntries(Object.entries(source).filter(([name]) => !CREDENTIALS.has(name)));
}
