import type { Call } from '../../calls/call.js';
import { named, namedClient, namedUser } from '../../throttling/limit-subject.js';
import { AiProblem } from '../errors/ai-problem.js';

/** All that is known of who calls: a file of a user at one client is not there for another client. @throws AiProblem 403 */
export function ownerOf(call: Call): string {
  const known = [named('consumer', call.caller.consumer), namedClient(call), namedUser(call)];
  const said = known.filter((one) => one !== undefined);
  if (said.length === 0)
    throw new AiProblem(403, 'Files are for callers of whom it is known who they are.', 'permission_denied');
  return JSON.stringify(said);
}
