import { Global, Module } from '@nestjs/common';
import { Dns } from './discovery/dns.service.js';
import { TlsFiles } from './transport/tls-files.service.js';
import { UpstreamKind } from './upstream-kind.js';
import { UpstreamMetrics } from './upstream-metrics.js';
import { UpstreamsHealthController } from './upstreams-health.controller.js';
import { Upstreams } from './upstreams.service.js';

@Global()
@Module({
  controllers: [UpstreamsHealthController],
  providers: [Upstreams, UpstreamKind, TlsFiles, Dns, UpstreamMetrics],
  exports: [Upstreams, UpstreamKind],
})
export class UpstreamsModule {}
