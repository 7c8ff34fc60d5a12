import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../../wire/json.js';
import type { Asked } from '../endpoint.js';
import { URL_ELICITATION_REQUIRED } from '../protocol/json-rpc.js';
import { mayAskBack } from '../protocol/input-required.js';
import { STATELESS } from '../protocol/versions.js';
import type { McpServer } from '../servers/mcp-servers.service.js';
import { ConnectNeeded } from './connect-needed.js';

/** How the gateway's own question is called among those of servers. */
const QUESTION = 'gatehouse.connect';

/**
 * Runs what a server is asked for. Where the user has to connect an account first, the client is told so in the way that it
 * can: by URL mode elicitation, or by an error with the address.
 * @returns whether the client was asked to have the user connect
 * @throws ConnectNeeded where it takes no such question
 */
export async function orConnect(
  { account }: McpServer,
  asked: Asked,
  ask: (asked: Asked) => Promise<void>,
): Promise<boolean> {
  if (!account) {
    await ask(asked);
    return false;
  }
  const { said, passed } = withoutAnswer(asked.params);
  const { call, gone } = asked.asker;
  if (said === 'accept') await account.awaited(call.caller, gone);
  try {
    await ask({ ...asked, params: passed });
    return false;
  } catch (error) {
    const mayAsk = (said === undefined || said === 'accept') && mayAskBack(asked.method);
    if (!(error instanceof ConnectNeeded) || !mayAsk || !takesUrls(asked)) throw error;
    call.fault ??= error.fault;
    elicit(asked, error);
    return true;
  }
}

/** The answer to the gateway's question is not for the server. */
function withoutAnswer(params: JsonObject): { readonly said: unknown; readonly passed: JsonObject } {
  const { inputResponses, ...rest } = params;
  if (!isObject(inputResponses) || !Object.hasOwn(inputResponses, QUESTION)) {
    return { said: undefined, passed: params };
  }
  const { [QUESTION]: own, ...others } = inputResponses;
  const passed = Object.keys(others).length === 0 ? rest : { ...rest, inputResponses: others };
  return { said: isObject(own) ? own.action : 'cancel', passed };
}

function takesUrls({ asker: { capabilities } }: Asked): boolean {
  return isObject(capabilities.elicitation) && isObject(capabilities.elicitation.url);
}

/** MCP, URL Mode Elicitation. */
function elicit({ asker, answer }: Asked, { url, reason, message }: ConnectNeeded): void {
  const question = { mode: 'url', message: reason, url };
  if (asker.version === STATELESS) {
    const inputRequests = { [QUESTION]: { method: 'elicitation/create', params: question } };
    return answer.result({ resultType: 'input_required', inputRequests });
  }
  const data = { elicitations: [{ ...question, elicitationId: randomUUID() }] };
  answer.error({ code: URL_ELICITATION_REQUIRED, message, data });
}
