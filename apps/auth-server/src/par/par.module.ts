import { Module } from '@nestjs/common';
import { ParMetadata } from './par-metadata.service.js';
import { ParController } from './par.controller.js';
import { PushedRequestSource } from './pushed-request.source.js';
import { PushedRequests } from './pushed-requests.service.js';

/** Pushed authorization requests (RFC 9126). */
@Module({
  controllers: [ParController],
  providers: [ParMetadata, PushedRequestSource, PushedRequests],
})
export class ParModule {}
