import { Injectable } from '@nestjs/common';
import type { ReturnAddress } from '../authorization-request.js';
import { type AnswerMembers, ResponseMode, type ResponseModeHandler } from './response-mode.js';

/** The answer in the query (OAuth 2.0 Multiple Response Types §2.1, RFC 6749 §4.1.2). */
@Injectable()
@ResponseMode('query')
export class QueryMode implements ResponseModeHandler {
  readonly byQuery = true;

  deliver({ redirectUri }: ReturnAddress, members: AnswerMembers) {
    return { location: withQuery(redirectUri, members) };
  }
}

/** Appended as text: the registered URI, its own query included, stays as it is (RFC 6749 §3.1.2). */
export function withQuery(redirectUri: string, members: AnswerMembers): string {
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams(members).toString()}`;
}
