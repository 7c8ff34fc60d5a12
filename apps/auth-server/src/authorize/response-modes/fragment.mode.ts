import { Injectable } from '@nestjs/common';
import type { ReturnAddress } from '../authorization-request.js';
import { type AnswerMembers, ResponseMode, type ResponseModeHandler } from './response-mode.js';

/** The answer in the fragment, which browsers send to no server (OAuth 2.0 Multiple Response Types §2.1). */
@Injectable()
@ResponseMode('fragment')
export class FragmentMode implements ResponseModeHandler {
  readonly byQuery = false;

  deliver({ redirectUri }: ReturnAddress, members: AnswerMembers) {
    return { location: withFragment(redirectUri, members) };
  }
}

/** A registered URI has no fragment of its own (RFC 6749 §3.1.2). */
export function withFragment(redirectUri: string, members: AnswerMembers): string {
  return `${redirectUri}#${new URLSearchParams(members).toString()}`;
}
