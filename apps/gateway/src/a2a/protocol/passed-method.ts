import { METHOD_NOT_FOUND, type RpcRequest } from '../../mcp/protocol/json-rpc.js';
import { McpProblem } from '../../mcp/protocol/mcp-problem.js';
import type { A2aAgentDefinition } from '../a2a-agent-definition.js';
import {
  EXTENDED_CARD_NOT_CONFIGURED,
  isPushMethod,
  knownMethod,
  type KnownMethod,
  PUSH_NOTIFICATION_NOT_SUPPORTED,
  UNSUPPORTED_OPERATION,
} from './methods.js';
import { hasPushConfig } from './push-config.js';

type Agent = Pick<A2aAgentDefinition, 'auth' | 'shared_tasks'>;

/**
 * The method of a message that goes on to the agent.
 * @param isGuarded whether callers are known
 * @throws McpProblem where it does not
 */
export function passedMethod(
  { method, params }: RpcRequest,
  { auth, shared_tasks: isShared }: Agent,
  isGuarded: boolean,
): KnownMethod {
  if (isPushMethod(method) || hasPushConfig(params)) {
    throw refusal(
      PUSH_NOTIFICATION_NOT_SUPPORTED,
      'Push notifications are not passed on here: ask, or stream.',
    );
  }
  const known = knownMethod(method);
  if (!known) throw refusal(METHOD_NOT_FOUND, 'There is no such method here.');
  if (known.method === 'ListTasks' && auth.type !== 'token_exchange' && !isShared) {
    throw refusal(UNSUPPORTED_OPERATION, 'Tasks cannot be listed: the agent does not tell callers apart.');
  }
  if (known.method === 'GetExtendedAgentCard' && !isGuarded) {
    throw refusal(EXTENDED_CARD_NOT_CONFIGURED, 'There is no extended card: callers are not known here.');
  }
  return known;
}

function refusal(code: number, detail: string): McpProblem {
  return new McpProblem(200, detail, { code, fault: 'refused' });
}
