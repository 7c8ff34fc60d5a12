import type { Caller } from '../../guards/route-guard.js';
import type { Fields, ServerCredentials } from '../servers/server-credentials.js';
import type { PostedAnswer } from './posted-answer.js';

/** After the second, whoever gives credentials has said what is wrong. */
const MAX_RENEWALS = 2;

/** Sends a request. What the server does not take (401), it has not acted on: it gets others, where there are any. */
export async function withCredentials(
  credentials: ServerCredentials,
  caller: Caller,
  send: (shown: Fields) => PostedAnswer,
): Promise<{ readonly answer: PostedAnswer; readonly shown: Fields }> {
  let shown = await credentials.of(caller);
  let answer = send(shown);
  for (let tries = 0; credentials.renewed && tries < MAX_RENEWALS; tries++) {
    if ((await answer.head).status !== 401) break;
    answer.body.destroy();
    shown = await credentials.renewed(caller, shown);
    answer = send(shown);
  }
  return { answer, shown };
}
