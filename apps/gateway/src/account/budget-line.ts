import { type Html, html, timeText } from '@gatehouse/pages';
import type { KeyBudget } from './own-key-budgets.service.js';

const UNITS: Readonly<Record<KeyBudget['unit'], string>> = {
  requests: ' calls',
  input_tokens: ' input tokens',
  output_tokens: ' output tokens',
  tokens: ' tokens',
  usd: '',
};

/** What is used of a budget, for people. */
export function budgetLine({ name, of, team, unit, limit, used, endsAt }: KeyBudget): Html {
  const whose = team === undefined ? of === 'user' && ' (yours)' : html` (of the team <bdi>${team}</bdi>)`;
  const limited = amount(limit, unit) + UNITS[unit];
  return html`Budget <bdi>${name}</bdi>${whose}: ${amount(used, unit)} of ${limited}, anew ${timeText(endsAt)}`;
}

function amount(value: number, unit: KeyBudget['unit']): string {
  if (unit !== 'usd') return value.toLocaleString('en');
  return `$${value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`;
}
