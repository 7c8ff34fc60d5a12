import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { Configuration } from '../../configuration/config-kind.js';
import type { AiEndDefinition } from '../ai-end-definition.js';
import type { Spending } from '../budgets/ai-budgets.service.js';
import { AiProblem } from '../errors/ai-problem.js';
import { AiProviderKind } from '../providers/ai-provider.kind.js';
import { AiProviderTypes } from '../providers/ai-provider-types.service.js';
import { AiProviders } from '../providers/ai-providers.service.js';
import { AiModels } from '../models/ai-models.service.js';
import { type BatchAccounts, BatchCounting } from './batch-accounts.js';
import { FilesProvider } from './files-provider.js';
import { KeptObjects } from './kept-objects.service.js';
import { filesNamedIn } from './named-files.js';
import { ownerOf } from './owner.js';
import { RouteFiles } from './route-files.js';

type FilesEnd = Pick<AiEndDefinition, 'files' | 'guardrails' | 'max_body'>;

/** Files and batches that callers have at providers. */
@Injectable()
export class AiFiles {
  constructor(
    private readonly kind: AiProviderKind,
    private readonly types: AiProviderTypes,
    private readonly providers: AiProviders,
    private readonly objects: KeptObjects,
    private readonly models: AiModels,
  ) {}

  /** What is wrong with what a route says of files. */
  faults({ files, guardrails }: FilesEnd, configuration: Configuration): FieldFault[] {
    if (!files) return [];
    const provider = configuration.of(this.kind).get(files.provider);
    const fault = (detail: string) => [{ pointer: '/ai/files/provider', detail }];
    if (!provider) return fault('names no AI provider: create it first');
    if (!this.types.find(provider.definition.type)?.filesPathOf)
      return fault('names a provider that has no files');
    return guardrails.length === 0
      ? []
      : [
          {
            pointer: '/ai/files',
            detail: 'cannot be looked at by guardrails: have them on a route without any',
          },
        ];
  }

  /**
   * Refuses a call that names a file which is not the caller's: a provider's key is for all callers, and so are all files that
   * were uploaded with it.
   * @throws Problem 404 as for a file that does not exist, 503 where it is not known whose it is
   */
  async demandOwn({ call, asked, model }: Spending): Promise<void> {
    const files = filesNamedIn(asked);
    if (files.size === 0) return;
    const providers = [...new Set(model.targets.map(({ provider }) => provider.name))];
    const own = await this.objects.filesOf(ownerOf(call), providers, [...files.keys()]);
    const foreign = [...files].find(([id]) => !own.has(id));
    if (!foreign) return;
    const [, pointer] = foreign;
    throw new AiProblem(404, `${pointer}: there is no such file`, 'not_found', { pointer });
  }

  /** @returns undefined where the route has none */
  of(
    { files, max_body: maxBody }: FilesEnd,
    configuration: Configuration,
    accounts: BatchAccounts,
  ): RouteFiles | undefined {
    const provider = files && this.providers.of(configuration).get(files.provider);
    if (!provider) return undefined;
    const options = { batches: files.batches, maxBody };
    const targets = [...this.models.of(configuration).values()].flatMap((model) => model.targets);
    const batches = new BatchCounting(provider, targets, accounts);
    return new RouteFiles(new FilesProvider(provider), this.objects, batches, options);
  }
}
