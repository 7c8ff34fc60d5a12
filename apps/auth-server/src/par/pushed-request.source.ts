import { Injectable } from '@nestjs/common';
import { only, type Source } from '../authorize/authorization-request.js';
import {
  RequestSource,
  type RequestSourceHandler,
  type SourcedRequest,
} from '../authorize/request-sources/request-source.js';
import { UntrustedRequestError } from '../authorize/untrusted-request-error.js';
import type { Client } from '../clients/client.entity.js';
import { PushedRequests } from './pushed-requests.service.js';

/** RFC 9126 §4: the request is what was pushed, whatever stands beside its name in the browser. */
@Injectable()
@RequestSource()
export class PushedRequestSource implements RequestSourceHandler {
  // RFC 9126 §5: request_uri_parameter_supported is about RFC 9101, not about this.
  readonly announces = [];

  constructor(private readonly requests: PushedRequests) {}

  takes(source: Source): boolean {
    return this.requests.names(only(source, 'request_uri') ?? '');
  }

  async resolve(client: Client, source: Source): Promise<SourcedRequest> {
    const request = await this.requests.take(only(source, 'request_uri')!, client.clientId);
    if (!request) {
      throw new UntrustedRequestError(
        'The request_uri is unknown, used, expired or of another client.',
        client,
      );
    }
    return { parameters: request.parameters, pushed: true, signed: request.signed };
  }
}
