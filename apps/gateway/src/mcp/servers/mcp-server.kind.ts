import { type FieldFault, Problem } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { type ConfigKind, type Configuration, Configured } from '../../configuration/config-kind.js';
import { isOpenApi, OpenApiServers } from '../openapi/openapi-servers.service.js';
import { Programs } from '../programs/programs.service.js';
import { publicUrlFault } from '../../upstreams/public-url.js';
import { type McpServerDefinition, mcpServerDefinition, type OAuthAuth } from './mcp-server-definition.js';
import { isRemote } from './remote-server.js';
import {
  openSecret,
  placeOf,
  sealSecret,
  type SecretAuth,
  secretMember,
  secretOf,
  takesSecret,
  withoutSecret,
} from './sealed-secret.js';

const UNKNOWN_PROGRAM =
  'is no program of GATEHOUSE_MCP_STDIO_FILE: what is run is written there, by whoever runs the gateway';

/** `/admin/v1/mcp-servers`: servers whose tools, resources and prompts MCP routes have. Their secrets go in, and never out. */
@Injectable()
@Configured('mcp-servers')
export class McpServerKind implements ConfigKind<McpServerDefinition> {
  readonly singular = 'MCP server';
  readonly schema = mcpServerDefinition;
  readonly box: SecretBox;

  constructor(
    private readonly apis: OpenApiServers,
    private readonly programs: Programs,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'secrets of MCP servers');
  }

  faults(definition: McpServerDefinition, configuration: Configuration): FieldFault[] {
    if (!isRemote(definition)) return this.programFaults(definition);
    const { url, auth, program } = definition;
    const issuer = auth.type === 'oauth' ? auth.authorization_server : undefined;
    return [
      ...fault('/url', publicUrlFault(url, this.config)),
      ...fault('/program', program && 'is there beside url: leave one out'),
      ...fault('/auth/authorization_server', issuer && publicUrlFault(issuer, this.config)),
      ...(auth.type === 'oauth' ? clientFaults(auth) : []),
      ...(takesSecret(auth) ? this.secretFaults(auth, url) : []),
      ...(isOpenApi(definition) ? this.apis.faults(definition, configuration) : []),
      ...(definition.openapi ? contextFaults(definition) : []),
    ];
  }

  shown({ auth, ...rest }: McpServerDefinition): object {
    return { ...rest, auth: takesSecret(auth) ? withoutSecret(auth) : auth };
  }

  accept(sent: McpServerDefinition, before: McpServerDefinition | undefined) {
    const { auth } = sent;
    if (!takesSecret(auth)) return { kept: sent };
    const keep = (kept: SecretAuth) => ({ kept: { ...sent, auth: kept } });
    if (secretOf(auth) !== undefined) return keep(sealSecret(auth, sent, this.box));
    const known = before?.auth;
    if (known?.type !== auth.type || known.sealed === undefined) return keep(withoutSecret(auth));
    // Whoever may change an address, and not read the secret, must not have it sent there.
    if (placeOf(known, before!) === placeOf(auth, sent)) {
      return keep({ ...withoutSecret(auth), sealed: known.sealed });
    }
    const detail = `must be given anew where ${auth.type === 'header' ? 'url or auth.name' : 'url, auth.authorization_server or auth.client_id'} change`;
    throw new Problem(422, 'Some members of the request cannot be used.', {
      errors: [{ pointer: `/auth/${secretMember(auth)}`, detail }],
    });
  }

  private programFaults({ program, auth, openapi }: McpServerDefinition): FieldFault[] {
    if (program === undefined) return fault('/url', 'is missing');
    if (!this.programs.get(program)) return fault('/program', UNKNOWN_PROGRAM);
    return [
      ...fault('/auth', auth.type === 'none' ? undefined : 'has no place beside program: use its env'),
      ...fault('/openapi', openapi && 'has no place beside program'),
    ];
  }

  private secretFaults(auth: SecretAuth, url: string): FieldFault[] {
    const pointer = `/auth/${secretMember(auth)}`;
    // A public client has none.
    if (auth.sealed === undefined) return auth.type === 'header' ? fault(pointer, 'is missing') : [];
    try {
      openSecret(auth, { url }, this.box);
      return [];
    } catch {
      return fault(pointer, 'was encrypted under another GATEHOUSE_SECRET; it must be given anew');
    }
  }
}

/** Credentials are of the authorization server that gave them, and of no other (MCP, Authorization Server Binding). */
function clientFaults({ client_id, authorization_server, sealed }: OAuthAuth): FieldFault[] {
  if (client_id !== undefined && authorization_server === undefined) {
    return fault('/auth/authorization_server', 'is needed with client_id');
  }
  return sealed !== undefined && client_id === undefined
    ? fault('/auth/client_id', 'is needed with client_secret')
    : [];
}

/** An API has tools alone. */
function contextFaults(definition: McpServerDefinition): FieldFault[] {
  return (['resources', 'prompts'] as const).flatMap((member) => {
    const { allow, deny, rules } = definition[member];
    const isSaid = allow !== undefined || deny.length > 0 || rules.length > 0;
    return fault(`/${member}`, isSaid ? 'has no place beside openapi' : undefined);
  });
}

function fault(pointer: string, detail: string | undefined): FieldFault[] {
  return detail === undefined ? [] : [{ pointer, detail }];
}
