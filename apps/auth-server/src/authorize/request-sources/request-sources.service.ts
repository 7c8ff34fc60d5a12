import { OAuthError } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../../clients/client.entity.js';
import type { Source } from '../authorization-request.js';
import { RequestSource, type RequestSourceHandler, type SourcedRequest } from './request-source.js';

/** Finds the parameters of a request, wherever they are. */
@Injectable()
export class RequestSources implements OnModuleInit {
  private handlers: readonly RequestSourceHandler[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: RequestSource.KEY });
    this.handlers = marked.map((wrapper) => wrapper.instance as RequestSourceHandler);
  }

  /** For discovery. */
  announces(parameter: 'request' | 'request_uri'): boolean {
    return this.handlers.some((handler) => handler.announces.includes(parameter));
  }

  /** @throws OAuthError, UntrustedRequestError */
  async resolve(client: Client, source: Source): Promise<SourcedRequest> {
    const byValue = isSent(source.request);
    const byReference = isSent(source.request_uri);
    // OpenID Connect Core §6: never both.
    if (byValue && byReference)
      throw new OAuthError('invalid_request', 'request and request_uri exclude each other');
    if (!byValue && !byReference) return { parameters: source, pushed: false, signed: false };
    const handler = this.handlers.find((one) => one.takes(source));
    if (handler) return handler.resolve(client, source);
    // OpenID Connect Core §6: what changes a request's meaning is refused, never left unread.
    throw byValue
      ? new OAuthError('request_not_supported', 'request is not supported here')
      : new OAuthError('request_uri_not_supported', 'request_uri is not supported here');
  }
}

function isSent(value: unknown): boolean {
  return value !== undefined && value !== '';
}
