import { Injectable } from '@nestjs/common';
import type { ReturnAddress } from '../../authorization-request.js';
import { withQuery } from '../query.mode.js';
import { type AnswerMembers, ResponseMode, type ResponseModeHandler } from '../response-mode.js';
import { Jarm } from './jarm.service.js';

/** JARM §2.3.1. */
@Injectable()
@ResponseMode('query.jwt')
export class QueryJwtMode implements ResponseModeHandler {
  readonly byQuery = true;

  constructor(private readonly jarm: Jarm) {}

  async deliver(address: ReturnAddress, members: AnswerMembers) {
    return { location: withQuery(address.redirectUri, await this.jarm.sign(address, members)) };
  }
}
