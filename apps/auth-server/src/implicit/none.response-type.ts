import { Injectable } from '@nestjs/common';
import { ResponseType, type ResponseTypeHandler } from '../authorize/response-types/response-type.js';

/** OAuth 2.0 Multiple Response Types §4: the user's agreement, and nothing else. */
@Injectable()
@ResponseType('none')
export class NoneResponseType implements ResponseTypeHandler {
  async issue() {
    return {};
  }
}
