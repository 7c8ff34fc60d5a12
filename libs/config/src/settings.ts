import { z } from 'zod';
import { SETTING_NAMES, type SettingName } from './names.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One environment variable: its name, what it is for, its default as it would be written, and its check. */
export interface Setting<T> {
  readonly env: SettingName;
  readonly description: string;
  /** As it would stand in the environment; absent: the setting is required unless its check takes `undefined`. */
  readonly default?: string;
  /** Kept out of every listing and error text. */
  readonly secret?: boolean;
  readonly check: z.ZodType<T>;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** The environment cannot be used as it is. `faults` holds one line for each setting to mend. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'SettingsError';
  }
}

/** Names one setting; the type of its value follows from `check`. */
export function setting<T>(
  env: SettingName,
  description: string,
  check: z.ZodType<T>,
  options: { default?: string; secret?: boolean } = {},
): Setting<T> {
  return { env, description, check, ...options };
}

/**
 * Reads and checks every setting at once.
 * @throws SettingsError naming each faulty setting and each GATEHOUSE_* variable that nothing reads
 */
export function readSettings<S extends Settings>(settings: S, environment: Environment): Values<S> {
  const faults = unknownNames(environment);
  const values: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(settings)) {
    // An empty variable is how Compose and shells write "not set".
    const given = environment[one.env] || one.default;
    const result = one.check.safeParse(given);
    if (result.success) values[key] = result.data;
    else faults.push(faultLine(one, given, result.error));
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return values as Values<S>;
}

function faultLine(one: Setting<unknown>, given: string | undefined, error: z.ZodError): string {
  const reason = error.issues.map((issue) => issue.message).join('; ');
  if (given === undefined) return `${one.env} is not set: ${one.description}`;
  const shown = one.secret ? '' : ` (it is ${JSON.stringify(given)})`;
  return `${one.env} is wrong: ${reason}${shown}`;
}

function unknownNames(environment: Environment): string[] {
  const known = new Set<string>(SETTING_NAMES);
  return Object.keys(environment)
    .filter((name) => name.startsWith('GATEHOUSE_') && !known.has(name))
    .map((name) => `${name} is not a setting of Gatehouse${suggestion(name)}`);
}

function suggestion(name: string): string {
  const nearest = SETTING_NAMES.map((known) => ({ known, distance: editDistance(name, known) })).sort(
    (a, b) => a.distance - b.distance,
  )[0];
  return nearest && nearest.distance <= 3 ? `; did you mean ${nearest.known}?` : '';
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
