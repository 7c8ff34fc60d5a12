import { Problem } from '@gatehouse/http';
import type { KeyTeam } from '../consumers/personal-keys/own-key-teams.service.js';

const DAY = 86_400_000;

/** What was typed, and what is wrong with it, by the name of the field. */
export interface KeyForm {
  readonly name: string;
  readonly models: readonly string[];
  readonly days: string;
  readonly faults: Readonly<Record<string, string>>;
}

export function newKeyForm({ max_days: most }: KeyTeam): KeyForm {
  return { name: '', models: [], days: String(Math.min(most, 90)), faults: {} };
}

export function readKeyForm(form: URLSearchParams): KeyForm {
  const models = form.getAll('models').flatMap((text) => text.split(/[\s,]+/).filter((name) => name !== ''));
  return { name: (form.get('name') ?? '').trim(), models, days: (form.get('days') ?? '').trim(), faults: {} };
}

/** As the API has it. */
export function wishOf({ name, models, days }: KeyForm, { name: team }: KeyTeam): object {
  return {
    name,
    team,
    ...(models.length > 0 ? { models } : {}),
    expires_at: /^[1-9][0-9]{0,3}$/.test(days)
      ? new Date(Date.now() + Number(days) * DAY).toISOString()
      : days,
  };
}

/** The same form with what the API says of it, in the words of the page; undefined: that is not about its fields. */
export function withFaults(form: KeyForm, { max_days: most }: KeyTeam, thrown: unknown): KeyForm | undefined {
  if (!(thrown instanceof Problem) || thrown.status !== 422) return undefined;
  const texts: Readonly<Record<string, string>> = {
    name: 'Give it a name of 1 to 100 characters.',
    models: 'One of the models is not for keys of this team.',
    expires_at: `Say for how many days: a whole number from 1 to ${most}.`,
  };
  const members = thrown.errors.map(({ pointer }) => pointer.split('/')[1] ?? '');
  if (members.some((member) => texts[member] === undefined)) return undefined;
  const faults = members.map((member) => [member === 'expires_at' ? 'days' : member, texts[member]!]);
  return { ...form, faults: Object.fromEntries(faults) as Record<string, string> };
}
