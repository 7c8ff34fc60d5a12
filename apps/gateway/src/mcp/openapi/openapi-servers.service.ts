import { createHash } from 'node:crypto';
import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { ApiKind } from '../../apis/api.kind.js';
import type { Configuration } from '../../configuration/config-kind.js';
import { UpstreamKind } from '../../upstreams/upstream-kind.js';
import type { McpServerDefinition } from '../servers/mcp-server-definition.js';
import type { OpenApiDefinition } from './openapi-definition.js';
import { OperationFault, operationTools } from './operation-tools.js';
import type { RemoteServer } from '../servers/remote-server.js';
import type { OperationTool } from './operation-tool.js';

type OpenApiServer = RemoteServer & { readonly openapi: OpenApiDefinition };

export function isOpenApi(definition: McpServerDefinition): definition is OpenApiServer {
  return definition.openapi !== undefined && definition.url !== undefined;
}

const NO_TOOLS: ReadonlyMap<string, OperationTool> = new Map();

/** Servers that are HTTP APIs: their documents, and the tools these make. */
@Injectable()
export class OpenApiServers {
  /** By what does not change: a document is the same object as long as nobody changes it. */
  private readonly digests = new WeakMap<object, string>();

  constructor(
    private readonly apis: ApiKind,
    private readonly upstreams: UpstreamKind,
  ) {}

  faults(definition: OpenApiServer, configuration: Configuration): FieldFault[] {
    const { openapi, auth } = definition;
    const faults: FieldFault[] = [];
    const add = (member: string, detail: string) => faults.push({ pointer: `/openapi${member}`, detail });
    if (openapi.upstream !== undefined) {
      if (!configuration.of(this.upstreams).has(openapi.upstream))
        add('/upstream', 'is no upstream: create it first');
      // An upstream has other targets tomorrow, and they are not whom the secret is for.
      if (auth.type === 'header' || auth.type === 'oauth')
        add('/upstream', `cannot be with auth of type ${auth.type}: a secret is for one address`);
    }
    const document = this.documentOf(openapi, configuration);
    if (!document) add('/api', 'must be an API that has a document');
    else faults.push(...documentFaults(definition, document));
    return faults;
  }

  /** @returns none while the API is not served */
  tools(definition: OpenApiServer, configuration: Configuration): ReadonlyMap<string, OperationTool> {
    const { openapi } = definition;
    const state = this.apis.find(openapi.api, configuration)?.state;
    const document = this.documentOf(openapi, configuration);
    if (!document || state === 'draft' || state === 'retired') return NO_TOOLS;
    return operationTools(openapi, document, fieldsOf(definition));
  }

  /** Another text when something changed that the definition itself does not show. */
  versionOf({ openapi }: McpServerDefinition, configuration: Configuration): string {
    const api = this.apis.find(openapi?.api, configuration);
    if (!api) return '';
    let digest = this.digests.get(api);
    if (digest === undefined) {
      const text = JSON.stringify([api.state, api.document]);
      this.digests.set(api, (digest = createHash('sha256').update(text).digest('base64')));
    }
    return digest;
  }

  private documentOf({ api, document }: OpenApiDefinition, configuration: Configuration) {
    return document ?? this.apis.find(api, configuration)?.document ?? undefined;
  }
}

function documentFaults(definition: OpenApiServer, document: Record<string, unknown>): FieldFault[] {
  if (!/^3\.[01]\.\d+/.test(String(document.openapi))) {
    return [{ pointer: '/openapi/document/openapi', detail: 'must be 3.0 or 3.1' }];
  }
  try {
    operationTools(definition.openapi, document, fieldsOf(definition));
    return [];
  } catch (error) {
    if (!(error instanceof OperationFault)) throw error;
    const { index, member, message } = error;
    return [{ pointer: `/openapi/operations/${index}/${member}`, detail: message }];
  }
}

/** What the gateway itself says to the API. */
function fieldsOf({ auth }: OpenApiServer): readonly string[] {
  return auth.type === 'header' ? [auth.name] : [];
}
