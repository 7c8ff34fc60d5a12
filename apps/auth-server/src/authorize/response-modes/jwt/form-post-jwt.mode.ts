import { Injectable } from '@nestjs/common';
import type { ReturnAddress } from '../../authorization-request.js';
import { formPostPage } from '../form-post.page.js';
import { type AnswerMembers, ResponseMode, type ResponseModeHandler } from '../response-mode.js';
import { Jarm } from './jarm.service.js';

/** JARM §2.3.3. */
@Injectable()
@ResponseMode('form_post.jwt')
export class FormPostJwtMode implements ResponseModeHandler {
  readonly byQuery = false;

  constructor(private readonly jarm: Jarm) {}

  async deliver(address: ReturnAddress, members: AnswerMembers) {
    return { page: formPostPage(address.redirectUri, await this.jarm.sign(address, members)) };
  }
}
