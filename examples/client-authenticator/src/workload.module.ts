import { Module } from '@nestjs/common';
import { WorkloadToken } from './workload-token.method.js';
import { Workloads } from './workloads.service.js';

@Module({ providers: [WorkloadToken, Workloads] })
export class WorkloadModule {}
