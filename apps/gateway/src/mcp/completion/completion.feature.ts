import { isObject, type JsonObject, objectOf } from '../../wire/json.js';
import { unreadable } from '../client/failures.js';
import type { Said } from '../client/said.js';
import type { Asked, McpEndpoint } from '../endpoint.js';
import type { Feature } from '../feature.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND } from '../protocol/json-rpc.js';
import { resultFor } from '../protocol/result-for.js';
import { Names } from '../requests/names.js';
import { passedParams } from '../requests/passed-params.js';
import { relay } from '../requests/relay.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { Target } from '../requests/target.js';
import { ResourceUris } from '../resources/resource-uris.js';
import { isResourceTemplate } from '../resources/uri-readings.js';

/** MCP, Completion Results. */
const MAX_VALUES = 100;
const NOTHING: JsonObject = { completion: { values: [], total: 0, hasMore: false } };

/** What a caller types for a prompt or a template, completed by the server that has it. */
export class CompletionFeature implements Feature {
  readonly capability: JsonObject = { completions: {} };
  readonly methods = { 'completion/complete': (asked: Asked) => this.complete(asked) };
  private readonly names: Names;
  private readonly uris: ResourceUris;

  constructor(
    private readonly endpoint: McpEndpoint,
    private readonly requests: ServerRequests,
  ) {
    this.names = new Names(endpoint.servers, 'prompt');
    this.uris = new ResourceUris(endpoint.servers);
  }

  private async complete(asked: Asked): Promise<void> {
    const { params, answer } = asked;
    const target = this.targetOf(objectOf(params.ref) ?? {});
    if (target?.server.backend.context) {
      return this.requests.run(asked, target, (passed) => this.authorized(passed, target));
    }
    const message = 'There is no such prompt or template.';
    answer.error({ code: INVALID_PARAMS, message });
  }

  /** By its `ref` (MCP, Reference Types). */
  private targetOf({ type, name, uri }: JsonObject): Target | undefined {
    if (type === 'ref/prompt') {
      const found = this.names.find(name);
      return found?.server.rules.prompt.has(found.name) ? found : undefined;
    }
    const found = type === 'ref/resource' ? this.uris.find(uri) : undefined;
    if (!found || !isResourceTemplate(found.uri) || !found.server.rules.template.has(found.uri))
      return undefined;
    return { server: found.server, kind: 'resource', name: found.uri };
  }

  private async authorized(asked: Asked, target: Target): Promise<string> {
    const { params, asker, answer } = asked;
    const { server, kind, name } = target;
    this.demandScopes(asked, target);
    // MCP, Completion, Security: what may not be read must not be found out by its name.
    if (kind === 'resource' && !server.rules.allOfTemplate.isFor(name, asker.call.caller.scopes ?? [])) {
      answer.result(resultFor(asker.version, NOTHING));
      return 'answered';
    }
    const ref = kind === 'prompt' ? { type: 'ref/prompt', name } : { type: 'ref/resource', uri: name };
    const sent = { ...passedParams(params, ['argument', 'context']), ref };
    const messages = orNothing(server.backend.context!.ask('completion/complete', sent, asker));
    const relayed = await relay(messages, asked, (result) => resultFor(asker.version, completionIn(result)));
    return relayed.is;
  }

  private demandScopes({ asker: { call } }: Asked, { server, kind, name }: Target): void {
    const rules = kind === 'prompt' ? server.rules.prompt : server.rules.template;
    if (rules.isFor(name, call.caller.scopes ?? [])) return;
    throw this.endpoint.insufficientScope(call, rules.scopesOf(name), kind);
  }
}

/** MCP, Capabilities: a server need not complete anything. */
async function* orNothing(messages: AsyncIterable<Said>): AsyncGenerator<Said> {
  for await (const said of messages) {
    const isUnknown = said.is === 'error' && said.error.code === METHOD_NOT_FOUND;
    yield isUnknown ? { is: 'result', result: NOTHING } : said;
  }
}

function completionIn(result: JsonObject): JsonObject {
  const { completion } = result;
  if (!isObject(completion) || !Array.isArray(completion.values)) throw unreadable();
  const values = completion.values.filter((one) => typeof one === 'string');
  return { ...result, completion: { ...completion, values: values.slice(0, MAX_VALUES) } };
}
