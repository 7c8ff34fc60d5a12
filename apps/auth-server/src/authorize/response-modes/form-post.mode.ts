import { Injectable } from '@nestjs/common';
import type { ReturnAddress } from '../authorization-request.js';
import { formPostPage } from './form-post.page.js';
import { type AnswerMembers, ResponseMode, type ResponseModeHandler } from './response-mode.js';

/** The answer in a form that the browser posts to the client (OAuth 2.0 Form Post Response Mode §2). */
@Injectable()
@ResponseMode('form_post')
export class FormPostMode implements ResponseModeHandler {
  readonly byQuery = false;

  deliver({ redirectUri }: ReturnAddress, members: AnswerMembers) {
    return { page: formPostPage(redirectUri, members) };
  }
}
