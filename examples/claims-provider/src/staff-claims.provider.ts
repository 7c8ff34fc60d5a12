import { Injectable } from '@nestjs/common';
import {
  ClaimsProvider,
  type ClaimSet,
  type ClaimsRequest,
  type ClaimsSource,
} from '../../../apps/auth-server/src/extension.js';
import { StaffDirectory } from './staff-directory.service.js';

/** Says of members of staff where they work: people are told apart from what APIs need to know. */
@Injectable()
@ClaimsProvider()
export class StaffClaims implements ClaimsSource {
  readonly names = ['department'];

  constructor(private readonly directory: StaffDirectory) {}

  async claims({ userId, destination }: ClaimsRequest): Promise<ClaimSet> {
    // A client that acts for itself is nobody's colleague.
    const member = userId === undefined ? undefined : await this.directory.find(userId);
    if (!member) return {};
    return destination === 'access_token'
      ? { cost_center: member.costCenter }
      : { department: member.department };
  }
}
