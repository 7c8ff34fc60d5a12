import type { AdminClient } from './admin-client.js';
import type { ExitCode } from './command-error.js';

/** What a command has at hand. */
export interface CommandContext {
  readonly positionals: readonly string[];
  readonly options: CommandOptions;
  readonly admin: AdminClient;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes a line for people, or a value for programs (`--json`). */
  readonly print: (text: string) => void;
}

export interface CommandOptions {
  readonly gateway: string;
  readonly issuer: string;
  readonly json: boolean;
  readonly dryRun: boolean;
  /** `NAME: VALUE`, as for curl. */
  readonly headers: readonly string[];
  readonly models: readonly string[];
  readonly baseUrl: string | undefined;
  /** `NAME=VALUE` */
  readonly settings: readonly string[];
}

/** Options that not every command has a use for, by the names they are given by. */
export type CommandOption = 'json' | 'dry-run' | 'header' | 'model' | 'base-url' | 'setting';

export interface Command {
  /** What stands after its name. */
  readonly usage: string;
  readonly summary: string;
  /** How many positionals it takes. */
  readonly takes: number;
  /** Those of the options that it heeds; the others are refused. */
  readonly heeds: readonly CommandOption[];
  run(context: CommandContext): Promise<ExitCode>;
}
