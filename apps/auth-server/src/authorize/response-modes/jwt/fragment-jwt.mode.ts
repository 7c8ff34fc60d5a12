import { Injectable } from '@nestjs/common';
import type { ReturnAddress } from '../../authorization-request.js';
import { withFragment } from '../fragment.mode.js';
import { type AnswerMembers, ResponseMode, type ResponseModeHandler } from '../response-mode.js';
import { Jarm } from './jarm.service.js';

/** JARM §2.3.2. */
@Injectable()
@ResponseMode('fragment.jwt')
export class FragmentJwtMode implements ResponseModeHandler {
  readonly byQuery = false;

  constructor(private readonly jarm: Jarm) {}

  async deliver(address: ReturnAddress, members: AnswerMembers) {
    return { location: withFragment(address.redirectUri, await this.jarm.sign(address, members)) };
  }
}
