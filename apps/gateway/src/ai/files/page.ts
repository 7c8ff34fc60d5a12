import { AiProblem } from '../errors/ai-problem.js';
import { type Kind, OBJECT_ID } from './file-operation.js';
import type { Page } from './kept-objects.service.js';

/** As OpenAI has them; a page of ours is no larger than this. */
const MOST = 1_000;
const USUAL: Readonly<Record<Kind, number>> = { file: MOST, batch: 20 };

/** Which part of a list is wanted. @throws AiProblem 400 */
export function pageOf(query: URLSearchParams, kind: Kind): Page {
  const limit = Number(query.get('limit') ?? USUAL[kind]);
  const order = query.get('order') ?? 'desc';
  const after = query.get('after') ?? undefined;
  const purpose = query.get('purpose') ?? undefined;
  if (!Number.isInteger(limit) || limit < 1) throw wrong('limit', 'must be a whole number above 0');
  if (order !== 'asc' && order !== 'desc') throw wrong('order', 'must be asc or desc');
  if (after !== undefined && !OBJECT_ID.test(after)) throw wrong('after', 'must be an id');
  return {
    limit: Math.min(MOST, limit),
    order,
    ...(after === undefined ? {} : { after }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}

function wrong(name: string, must: string): AiProblem {
  return new AiProblem(400, `${name} ${must}`, 'invalid_request', { pointer: `/${name}` });
}
