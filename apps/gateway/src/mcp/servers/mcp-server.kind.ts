import { type FieldFault, Problem } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { type ConfigKind, type Configuration, Configured } from '../../configuration/config-kind.js';
import { isOpenApi, OpenApiServers } from '../openapi/openapi-servers.service.js';
import { publicUrlFault } from '../../upstreams/public-url.js';
import { type McpServerDefinition, mcpServerDefinition } from './mcp-server-definition.js';
import { openHeader, sealHeader } from './sealed-header.js';

/** `/admin/v1/mcp-servers`: servers whose tools MCP routes have. Their secrets go in, and never out. */
@Injectable()
@Configured('mcp-servers')
export class McpServerKind implements ConfigKind<McpServerDefinition> {
  readonly singular = 'MCP server';
  readonly schema = mcpServerDefinition;
  readonly box: SecretBox;

  constructor(
    private readonly apis: OpenApiServers,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'secrets of MCP servers');
  }

  faults(definition: McpServerDefinition, configuration: Configuration): FieldFault[] {
    const wrongUrl = publicUrlFault(definition.url, this.config);
    const wrongSecret = this.secretFault(definition);
    return [
      ...(wrongUrl === undefined ? [] : [{ pointer: '/url', detail: wrongUrl }]),
      ...(wrongSecret === undefined ? [] : [{ pointer: '/auth/value', detail: wrongSecret }]),
      ...(isOpenApi(definition) ? this.apis.faults(definition, configuration) : []),
    ];
  }

  shown({ auth, ...rest }: McpServerDefinition): object {
    return { ...rest, auth: auth.type === 'header' ? { type: auth.type, name: auth.name } : auth };
  }

  accept(sent: McpServerDefinition, before: McpServerDefinition | undefined) {
    const { auth } = sent;
    if (auth.type !== 'header') return { kept: sent };
    if (auth.value !== undefined) return { kept: { ...sent, auth: sealHeader(auth, sent, this.box) } };
    const known = before?.auth;
    if (known?.type !== 'header') {
      const { type, name } = auth;
      return { kept: { ...sent, auth: { type, name } } };
    }
    // Whoever may change an address, and not read the secret, must not have it sent there.
    if (before!.url === sent.url && known.name === auth.name) return { kept: { ...sent, auth: known } };
    throw new Problem(422, 'Some members of the request cannot be used.', {
      errors: [{ pointer: '/auth/value', detail: 'must be given anew where url or auth.name change' }],
    });
  }

  private secretFault({ auth, url }: McpServerDefinition): string | undefined {
    if (auth.type !== 'header') return undefined;
    if (auth.sealed === undefined) return 'is missing';
    try {
      openHeader(auth, { url }, this.box);
      return undefined;
    } catch {
      return 'was encrypted under another GATEHOUSE_SECRET; it must be given anew';
    }
  }
}
