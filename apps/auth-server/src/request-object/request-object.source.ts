import { Injectable } from '@nestjs/common';
import { only, type Source } from '../authorize/authorization-request.js';
import {
  RequestSource,
  type RequestSourceHandler,
  type SourcedRequest,
} from '../authorize/request-sources/request-source.js';
import type { Client } from '../clients/client.entity.js';
import { parametersOf, withOuter } from './request-object-parameters.js';
import { RequestUris } from './request-uris.service.js';
import { REQUEST_OBJECT_TYPE, RequestObjects } from './request-objects.service.js';

/** RFC 9101 §5.1 and §5.2: the request is in a signed JWT, sent as `request` or found where `request_uri` says. */
@Injectable()
@RequestSource()
export class RequestObjectSource implements RequestSourceHandler {
  readonly announces = ['request', 'request_uri'] as const;

  constructor(
    private readonly objects: RequestObjects,
    private readonly references: RequestUris,
  ) {}

  takes(source: Source): boolean {
    // A URN is the name of something else (RFC 9126 §2.2).
    return only(source, 'request') !== undefined || /^(?!urn:)./i.test(only(source, 'request_uri') ?? '');
  }

  async resolve(client: Client, source: Source): Promise<SourcedRequest> {
    const requestObject =
      only(source, 'request') ?? (await this.references.fetch(client, only(source, 'request_uri')!));
    const { claims, typ } = await this.objects.verify(client, requestObject);
    const isOpenId = typ !== REQUEST_OBJECT_TYPE;
    const parameters = withOuter(parametersOf(claims), source, client.clientId, isOpenId);
    return { parameters, pushed: false, signed: true };
  }
}
