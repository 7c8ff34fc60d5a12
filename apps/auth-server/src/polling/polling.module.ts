import { Global, Module } from '@nestjs/common';
import { PolledTokens } from './polled-tokens.service.js';

/** For grant types whose client polls. */
@Global()
@Module({ providers: [PolledTokens], exports: [PolledTokens] })
export class PollingModule {}
