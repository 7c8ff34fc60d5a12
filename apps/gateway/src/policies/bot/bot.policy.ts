import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';

const part = z.string().min(1).max(200);

const settings = z.strictObject({
  deny: z.array(part).max(200).default([]).describe('Parts of User-Agent that are refused, in any case'),
  allow: z.array(part).max(200).default([]).describe('Parts of User-Agent that pass whatever deny says'),
  require_user_agent: z.boolean().default(false).describe('Whether a request without User-Agent is refused'),
  deny_headers: z
    .record(z.string().regex(/^[a-z0-9-]+$/, 'must be a field name in lower case'), z.array(part).max(100))
    .default({})
    .describe('Parts of other fields that are refused; an empty list refuses the field'),
});

type BotSettings = z.output<typeof settings>;

/** `{"type": "bot", "deny": ["curl"], …}`: refuses callers by what they say of themselves, before anybody asks who they are. */
@Injectable()
@Policy('bot')
export class BotPolicy implements PolicyType<BotSettings> {
  readonly settings: z.ZodType<BotSettings> = settings;

  create({ deny, allow, require_user_agent: required, deny_headers: denied }: BotSettings): PolicyHooks {
    const [denies, allows] = [holding(deny), holding(allow)];
    const fields = Object.entries(denied).map(([name, parts]) => ({
      name,
      refuses: parts.length === 0 ? () => true : holding(parts),
    }));
    return {
      onArrival({ headers }) {
        const agent = headers['user-agent'] ?? '';
        if (required && agent.trim() === '') throw refusal();
        if (denies(agent) && !allows(agent)) throw refusal();
        for (const { name, refuses } of fields) {
          const value = headers[name];
          if (value !== undefined && refuses(String(value))) throw refusal();
        }
      },
    };
  }
}

/** What gave it away is not told: who is asked to leave should not learn how to come back. */
function refusal(): Problem {
  return new Problem(403, 'This caller is not served.');
}

function holding(parts: readonly string[]): (text: string) => boolean {
  const lower = parts.map((one) => one.toLowerCase());
  return (text) => {
    const searched = text.toLowerCase();
    return lower.some((one) => searched.includes(one));
  };
}
