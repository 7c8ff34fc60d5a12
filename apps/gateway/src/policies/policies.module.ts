import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { RequestBodyPolicy } from './bodies/request-body.policy.js';
import { ResponseBodyPolicy } from './bodies/response-body.policy.js';
import { BotPolicy } from './bot/bot.policy.js';
import { CacheController } from './cache/cache.controller.js';
import { CachePolicyType } from './cache/cache.policy.js';
import { ResponseCache } from './cache/response-cache.service.js';
import { CompressPolicy } from './compress/compress.policy.js';
import { FaultPolicy } from './fault/fault.policy.js';
import { GlobalPoliciesKind } from './global-policies.kind.js';
import { RequestHeadersPolicy } from './headers/request-headers.policy.js';
import { ResponseHeadersPolicy } from './headers/response-headers.policy.js';
import { LogPolicy } from './log/log.policy.js';
import { MaskPolicy } from './mask/mask.policy.js';
import { Policies } from './policies.service.js';
import { QueryPolicy } from './query/query.policy.js';
import { RequestIdPolicy } from './request-id/request-id.policy.js';
import { SizeLimitsPolicy } from './size-limits/size-limits.policy.js';
import { ValidatePolicy } from './validate/validate.policy.js';

/** Policies, and the kinds of them that the gateway brings along. */
@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [CacheController],
  providers: [
    Policies,
    GlobalPoliciesKind,
    BotPolicy,
    CachePolicyType,
    ResponseCache,
    CompressPolicy,
    FaultPolicy,
    LogPolicy,
    MaskPolicy,
    QueryPolicy,
    RequestBodyPolicy,
    RequestHeadersPolicy,
    RequestIdPolicy,
    ResponseBodyPolicy,
    ResponseHeadersPolicy,
    SizeLimitsPolicy,
    ValidatePolicy,
  ],
  exports: [GlobalPoliciesKind, Policies],
})
export class PoliciesModule {}
