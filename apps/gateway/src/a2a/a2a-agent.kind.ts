import { type FieldFault, Problem } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { type ConfigKind, Configured } from '../configuration/config-kind.js';
import { openSecret, sealSecret } from '../mcp/servers/sealed-secret.js';
import { publicUrlFault } from '../upstreams/public-url.js';
import { type A2aAgentDefinition, a2aAgentDefinition } from './a2a-agent-definition.js';

/** `/admin/v1/a2a-agents`: agents that A2A routes have. Their secrets go in, and never out. */
@Injectable()
@Configured('a2a-agents')
export class A2aAgentKind implements ConfigKind<A2aAgentDefinition> {
  readonly singular = 'A2A agent';
  readonly schema = a2aAgentDefinition;
  readonly box: SecretBox;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.box = new SecretBox(config.secret, 'secrets of A2A agents');
  }

  faults(definition: A2aAgentDefinition): FieldFault[] {
    const wrongUrl = publicUrlFault(definition.url, this.config);
    const wrongSecret = this.secretFault(definition);
    return [
      ...(wrongUrl === undefined ? [] : [{ pointer: '/url', detail: wrongUrl }]),
      ...(wrongSecret === undefined ? [] : [{ pointer: '/auth/value', detail: wrongSecret }]),
    ];
  }

  shown({ auth, ...rest }: A2aAgentDefinition): object {
    return { ...rest, auth: auth.type === 'header' ? { type: auth.type, name: auth.name } : auth };
  }

  accept(sent: A2aAgentDefinition, before: A2aAgentDefinition | undefined) {
    const { auth } = sent;
    if (auth.type !== 'header') return { kept: sent };
    if (auth.value !== undefined) return { kept: { ...sent, auth: sealSecret(auth, sent, this.box) } };
    const known = before?.auth;
    if (known?.type !== 'header') return { kept: { ...sent, auth: { type: auth.type, name: auth.name } } };
    // Whoever may change an address, and not read the secret, must not have it sent there.
    if (before!.url === sent.url && known.name === auth.name) return { kept: { ...sent, auth: known } };
    throw new Problem(422, 'Some members of the request cannot be used.', {
      errors: [{ pointer: '/auth/value', detail: 'must be given anew where url or auth.name change' }],
    });
  }

  private secretFault({ auth, url }: A2aAgentDefinition): string | undefined {
    if (auth.type !== 'header') return undefined;
    if (auth.sealed === undefined) return 'is missing';
    try {
      openSecret(auth, { url }, this.box);
      return undefined;
    } catch {
      return 'was encrypted under another GATEHOUSE_SECRET; it must be given anew';
    }
  }
}
