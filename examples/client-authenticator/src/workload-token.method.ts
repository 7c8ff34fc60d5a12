import { Injectable } from '@nestjs/common';
import {
  type Client,
  type ClientAuthenticationMethod,
  type ClientAuthenticationRequest,
  ClientAuthenticator,
} from '../../../apps/auth-server/src/extension.js';
import { Workloads } from './workloads.service.js';

/** A service sends `client_id` and, as `workload_token`, what its scheduler gave it. */
@Injectable()
@ClientAuthenticator('workload_token')
export class WorkloadToken implements ClientAuthenticationMethod {
  constructor(private readonly workloads: Workloads) {}

  claim({ parameters }: ClientAuthenticationRequest): string | undefined {
    return parameters.workload_token === undefined ? undefined : (parameters.client_id ?? '');
  }

  async proves(client: Client, { parameters }: ClientAuthenticationRequest): Promise<boolean> {
    return (await this.workloads.clientOf(parameters.workload_token!)) === client.clientId;
  }
}
