import { type JsonObject, objectsOf } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { unreadable } from '../client/failures.js';
import type { Asked } from '../endpoint.js';
import type { Feature } from '../feature.js';
import { INVALID_PARAMS, RESOURCE_NOT_FOUND } from '../protocol/json-rpc.js';
import { cacheableFor } from '../protocol/result-for.js';
import { STATELESS } from '../protocol/versions.js';
import { readItem, RESOURCE, TEMPLATE } from '../requests/described.js';
import { joinedList, type Listed } from '../requests/joined-list.js';
import { known } from '../requests/known.js';
import { ofAccount } from '../requests/of-account.js';
import { passedParams } from '../requests/passed-params.js';
import { relay } from '../requests/relay.js';
import type { ServerRequests } from '../requests/server-requests.js';
import type { Target } from '../requests/target.js';
import type { McpServer } from '../servers/mcp-servers.service.js';
import { ResourceUris, uriHere } from './resource-uris.js';
import { isResourceTemplate, isResourceUri } from './uri-readings.js';

/** The resources of all servers of an endpoint, each below its server. */
export class ResourcesFeature implements Feature {
  readonly capability: JsonObject = { resources: {} };
  readonly methods = {
    'resources/list': (asked: Asked) => this.list(asked, 'resources', resourcesOf),
    'resources/templates/list': (asked: Asked) => this.list(asked, 'resourceTemplates', templatesOf),
    'resources/read': (asked: Asked) => this.read(asked),
  };
  private readonly uris: ResourceUris;

  /** @param servers those that can have some */
  constructor(
    private readonly servers: readonly McpServer[],
    private readonly requests: ServerRequests,
  ) {
    this.uris = new ResourceUris(servers);
  }

  private async list(
    { asker, answer, params }: Asked,
    member: string,
    of: (server: McpServer, asker: Asker) => Promise<Listed[]>,
  ): Promise<void> {
    const listed = await joinedList(member, this.servers, params, asker, of);
    answer.result(cacheableFor(asker.version, listed));
  }

  private async read(asked: Asked): Promise<void> {
    const { asker, answer, params } = asked;
    const found = this.uris.find(params.uri);
    if (found && isResourceUri(found.uri) && found.server.rules.resource.has(found.uri)) {
      const target: Target = { server: found.server, kind: 'resource', name: found.uri };
      return this.requests.run(asked, target, (passed) => this.authorized(passed, target));
    }
    const uri = JSON.stringify(params.uri ?? null).slice(0, 200);
    // MCP 2026-07-28 gave it another code.
    const code = asker.version === STATELESS ? INVALID_PARAMS : RESOURCE_NOT_FOUND;
    answer.error({ code, message: `There is no resource ${uri}.`, data: { uri: params.uri } });
  }

  private async authorized(asked: Asked, target: Target): Promise<string> {
    await this.requests.admit(asked, target);
    const { asker, params } = asked;
    const { server, name: uri } = target;
    const sent = { ...passedParams(params, []), uri };
    const messages = server.backend.context!.ask('resources/read', sent, asker);
    const relayed = await relay(messages, asked, (result) => readFor(asked, target, result));
    return relayed.is;
  }
}

async function resourcesOf(server: McpServer, asker: Asker): Promise<Listed[]> {
  const { scopes = [] } = asker.call.caller;
  const all = await ofAccount(server.backend.context!.list('resources', asker));
  return all.flatMap((one) => {
    const { uri } = one;
    const item = readItem(RESOURCE, one);
    if (!isResourceUri(uri) || !item) return [];
    known({ server, kind: 'resource', name: uri });
    if (!server.rules.resource.isFor(uri, scopes)) return [];
    const key = uriHere(server, uri);
    return [{ key, item: { ...item, uri: key } }];
  });
}

async function templatesOf(server: McpServer, asker: Asker): Promise<Listed[]> {
  const { scopes = [] } = asker.call.caller;
  const all = await ofAccount(server.backend.context!.list('resourceTemplates', asker));
  return all.flatMap((one) => {
    const { uriTemplate } = one;
    const item = readItem(TEMPLATE, one);
    if (!isResourceTemplate(uriTemplate) || !item) return [];
    if (!server.rules.template.isFor(uriTemplate, scopes)) return [];
    const key = uriHere(server, uriTemplate);
    return [{ key, item: { ...item, uriTemplate: key } }];
  });
}

/** What was read, as far as the caller may read it: a server may answer with parts of what it was asked for. */
function readFor({ asker }: Asked, { server, name: asked }: Target, result: JsonObject): JsonObject {
  if (!Array.isArray(result.contents)) throw unreadable();
  const { scopes = [] } = asker.call.caller;
  const contents = objectsOf(result.contents).flatMap((one) => {
    const uri = typeof one.uri === 'string' ? one.uri : asked;
    const isMeant = uri === asked || (isResourceUri(uri) && server.rules.resource.isFor(uri, scopes));
    return isMeant ? [{ ...one, uri: uriHere(server, uri) }] : [];
  });
  return cacheableFor(asker.version, { ...result, contents }, ttlOf(result));
}

/** MCP 2026-07-28, Caching: milliseconds. */
function ttlOf({ ttlMs }: JsonObject): number {
  return Number.isSafeInteger(ttlMs) && Number(ttlMs) > 0 ? Number(ttlMs) : 0;
}
