import { Injectable, Logger } from '@nestjs/common';
import {
  type Configuration,
  type ConfigurationUser,
  PerConfiguration,
  UsesConfiguration,
} from '../configuration/config-kind.js';
import { type CallerIdentifier, IdentifiesCallers } from '../guards/caller-identifier.js';
import type { Caller } from '../guards/route-guard.js';
import { ConsumerIndex } from './consumer-index.js';
import { ConsumersKind } from './consumers.kind.js';
import { CredentialsKind } from './credentials.kind.js';
import { CredentialSecrets } from './credential-secrets.service.js';

/** The consumers in force, all in this process: no call asks a database who calls. */
@Injectable()
@UsesConfiguration()
@IdentifiesCallers('consumers')
export class Consumers implements ConfigurationUser, CallerIdentifier {
  private readonly logger = new Logger(Consumers.name);
  private current: ConsumerIndex;

  private readonly indexes = new PerConfiguration((configuration) => {
    const consumers = new Map(
      [...configuration.of(this.consumers)].map(([name, { definition }]) => [name, definition]),
    );
    const credentials = [...configuration.of(this.credentials).values()].map(({ definition }) => definition);
    return new ConsumerIndex(consumers, credentials, this.open);
  });

  private readonly open = (secret: { readonly sealed: string }, consumer: string): Buffer =>
    this.secrets.open(secret, consumer);

  constructor(
    private readonly consumers: ConsumersKind,
    private readonly credentials: CredentialsKind,
    private readonly secrets: CredentialSecrets,
  ) {
    this.current = new ConsumerIndex(new Map(), [], this.open);
  }

  prepare(next: Configuration): () => void {
    const index = this.indexes.of(next);
    return () => {
      this.current = index;
      for (const name of index.unusable) {
        this.logger.error(
          `Credential ${name}: its key was encrypted under another GATEHOUSE_SECRET; rotate it`,
        );
      }
    };
  }

  get index(): ConsumerIndex {
    return this.current;
  }

  /** Completes what the guards found out by the consumer that an OAuth client is. */
  identify(caller: Caller): Caller {
    return this.current.identify(caller);
  }
}
