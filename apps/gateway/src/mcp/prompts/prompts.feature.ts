import { type JsonObject, objectsOf } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { unreadable } from '../client/failures.js';
import type { Asked, McpEndpoint } from '../endpoint.js';
import type { Feature } from '../feature.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import { cacheableFor, resultFor } from '../protocol/result-for.js';
import { PROMPT, readItem } from '../requests/described.js';
import { joinedList, type Listed } from '../requests/joined-list.js';
import { known } from '../requests/known.js';
import { isName, Names } from '../requests/names.js';
import { ofAccount } from '../requests/of-account.js';
import { passedParams } from '../requests/passed-params.js';
import { relay } from '../requests/relay.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { Target } from '../requests/target.js';
import { linkedContent } from '../resources/linked-content.js';
import type { McpServer } from '../servers/mcp-servers.service.js';

/** The prompts of all servers of an endpoint, as if they were of one. */
export class PromptsFeature implements Feature {
  readonly capability: JsonObject = { prompts: {} };
  readonly methods = {
    'prompts/list': (asked: Asked) => this.list(asked),
    'prompts/get': (asked: Asked) => this.get(asked),
  };
  private readonly names: Names;

  /** @param servers those that can have some */
  constructor(
    { servers: all }: McpEndpoint,
    private readonly servers: readonly McpServer[],
    private readonly requests: ServerRequests,
  ) {
    this.names = new Names(all, 'prompt');
  }

  private async list({ asker, answer, params }: Asked): Promise<void> {
    const of = (server: McpServer, within: Asker) => this.promptsOf(server, within);
    const listed = await joinedList('prompts', this.servers, params, asker, of);
    answer.result(cacheableFor(asker.version, listed));
  }

  private async promptsOf(server: McpServer, asker: Asker): Promise<Listed[]> {
    const { scopes = [] } = asker.call.caller;
    const all = await ofAccount(server.backend.context!.list('prompts', asker));
    return all.flatMap((one) => {
      const { name } = one;
      const item = readItem(PROMPT, one);
      if (!isName(name) || !item) return [];
      known({ server, kind: 'prompt', name });
      const key = server.prefix + name;
      const isFree = this.names.find(key)?.server === server;
      return isFree && server.rules.prompt.isFor(name, scopes) ? [{ key, item: { ...item, name: key } }] : [];
    });
  }

  private async get(asked: Asked): Promise<void> {
    const { params, answer } = asked;
    const found = this.names.find(params.name);
    if (found?.server.backend.context && found.server.rules.prompt.has(found.name)) {
      return this.requests.run(asked, found, (passed) => this.authorized(passed, found));
    }
    const name = JSON.stringify(params.name ?? null).slice(0, 200);
    answer.error({ code: INVALID_PARAMS, message: `There is no prompt ${name}.` });
  }

  private async authorized(asked: Asked, target: Target): Promise<string> {
    await this.requests.admit(asked, target);
    const { asker, params } = asked;
    const { server, name } = target;
    const sent = { ...passedParams(params, ['arguments']), name };
    const messages = server.backend.context!.ask('prompts/get', sent, asker);
    const relayed = await relay(messages, asked, (result) => promptFor(asked, server, result));
    if (relayed.is === 'answered') known(target);
    return relayed.is;
  }
}

function promptFor({ asker }: Asked, server: McpServer, result: JsonObject): JsonObject {
  if (!Array.isArray(result.messages)) throw unreadable();
  const messages = objectsOf(result.messages).map(({ content = null, ...one }) => ({
    ...one,
    content: linkedContent(server, content),
  }));
  return resultFor(asker.version, { ...result, messages });
}
