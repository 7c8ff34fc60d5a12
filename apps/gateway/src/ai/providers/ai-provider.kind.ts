import { faultsOf, type FieldFault, Problem } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { type ConfigKind, Configured } from '../../configuration/config-kind.js';
import { publicUrlFault } from '../../upstreams/public-url.js';
import {
  type AiProviderDefinition,
  aiProviderDefinition,
  type AiProviderKeyDefinition,
} from './ai-provider-definition.js';
import { type AiProviderType, baseUrlOf, parseSettings } from './ai-provider.js';
import { AiProviderTypes } from './ai-provider-types.service.js';
import { isSamePlace, openKey, type Place, placeOf, sealKey } from './sealed-keys.js';

/** `/admin/v1/ai-providers`: accounts at AI providers. Their keys go in, and never out. */
@Injectable()
@Configured('ai-providers')
export class AiProviderKind implements ConfigKind<AiProviderDefinition> {
  readonly singular = 'AI provider';
  readonly schema = aiProviderDefinition;
  readonly box: SecretBox;

  constructor(
    private readonly types: AiProviderTypes,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'keys of AI providers');
  }

  faults(definition: AiProviderDefinition): FieldFault[] {
    const type = this.types.find(definition.type);
    if (!type) return [{ pointer: '/type', detail: `must be one of ${this.types.names.join(', ')}` }];
    const url = definition.base_url ?? baseUrlOf(type, parseSettings(type, definition.settings).data);
    const fault = url === undefined ? `is needed for ${definition.type}` : publicUrlFault(url, this.config);
    return [
      ...(fault === undefined ? [] : [{ pointer: '/base_url', detail: fault }]),
      ...settingsFaults(type, definition.settings),
      ...definition.keys.flatMap((key, index) => {
        const detail = this.keyFault(key, type, definition);
        return detail === undefined ? [] : [{ pointer: `/keys/${index}/key`, detail }];
      }),
    ];
  }

  shown({ keys, ...rest }: AiProviderDefinition): object {
    return { ...rest, keys: keys.map(({ name, prefix }) => ({ name, prefix })) };
  }

  accept(sent: AiProviderDefinition, before: AiProviderDefinition | undefined) {
    const place = this.placeOf(sent);
    const keys = sent.keys.map((key, index) => {
      if (key.key !== undefined) return sealKey(key, place, this.box);
      const known = before?.keys.find(({ name }) => name === key.name);
      if (!known) return { name: key.name };
      if (isSamePlace(place, this.placeOf(before!))) return known;
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [{ pointer: `/keys/${index}/key`, detail: 'must be given anew where its address changes' }],
      });
    });
    return { kept: { ...sent, keys } };
  }

  /** Where keys of a provider go. */
  placeOf(definition: AiProviderDefinition): Place {
    return placeOf(definition, this.types.find(definition.type));
  }

  private keyFault(key: AiProviderKeyDefinition, type: AiProviderType, definition: AiProviderDefinition) {
    if (key.sealed === undefined) return 'is missing';
    try {
      const opened = openKey(key, this.placeOf(definition), this.box);
      return type.keyFault ? type.keyFault(opened) : plainKeyFault(opened);
    } catch {
      return 'was encrypted under another GATEHOUSE_SECRET; it must be given anew';
    }
  }
}

function plainKeyFault(key: string): string | undefined {
  return /^[\x21-\x7E]+$/.test(key) ? undefined : 'must be printable ASCII without spaces';
}

function settingsFaults(type: AiProviderType, settings: object): FieldFault[] {
  const { error } = parseSettings(type, settings);
  return error ? faultsOf(error).map((fault) => ({ ...fault, pointer: `/settings${fault.pointer}` })) : [];
}
