import type { StoredConfiguration } from './config-row.js';

/** Where the configuration comes from: PostgreSQL, or a file. */
export abstract class ConfigurationSource {
  /** Refuses every change, and says where to make it; undefined: changes go to PostgreSQL. */
  abstract readonly readOnly: string | undefined;
  /** Another text when `read` would give something else. */
  abstract version(): Promise<string>;
  /** @throws InvalidConfigurationError when what is there is no configuration at all */
  abstract read(): Promise<StoredConfiguration>;
}

/** A configuration that is refused whole; one line for each fault. */
export class InvalidConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'InvalidConfigurationError';
  }
}
