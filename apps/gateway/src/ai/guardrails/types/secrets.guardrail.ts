import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AiGuardrail, type AiGuardrailType, type Finding, type FindingGuardrail } from '../ai-guardrail.js';
import { findAll } from './find-all.js';
import { entropyOf } from './entropy.js';

const settings = z.strictObject({
  entropy: z
    .strictObject({
      min_length: z.int().min(16).max(256).default(24).describe('Characters'),
      min_bits: z.number().min(2).max(6).default(4).describe('Shannon entropy of a character'),
    })
    .optional()
    .describe('Words that look as if chance had made them; left out: known forms alone'),
});

type Secrets = z.output<typeof settings>;

/** No letter, digit, - or _ around. */
const alone = (source: string) => new RegExp(`(?<![A-Za-z0-9_-])(?:${source})(?![A-Za-z0-9_-])`, 'g');

/** Forms that issuers gave their keys so that they are found. */
const KEYS = alone(
  [
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}', // AWS
    'gh[pousr]_[A-Za-z0-9]{36,251}', // GitHub
    'github_pat_[A-Za-z0-9_]{22,251}',
    'gl(?:pat|dt|rt|ptt|soat|cbt)-[A-Za-z0-9_-]{20,200}', // GitLab
    'xox[abeprs]-[A-Za-z0-9-]{10,250}', // Slack
    'xapp-[A-Za-z0-9-]{10,250}',
    '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,250}', // Stripe
    'whsec_[A-Za-z0-9+/=]{24,120}',
    'sk-(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{20,300}', // OpenAI, Anthropic, OpenRouter
    'sk-[A-Za-z0-9]{32,64}',
    'gsk_[A-Za-z0-9]{40,60}', // Groq
    'xai-[A-Za-z0-9]{40,120}',
    'AIza[A-Za-z0-9_-]{35}', // Google
    'GOCSPX-[A-Za-z0-9_-]{28}',
    'ya29\\.[A-Za-z0-9_-]{30,500}',
    'hf_[A-Za-z0-9]{30,60}', // Hugging Face
    'npm_[A-Za-z0-9]{36}',
    'pypi-[A-Za-z0-9_-]{50,250}',
    'dop_v1_[a-f0-9]{64}', // DigitalOcean
    'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}', // Shopify
    'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{30,60}', // SendGrid
    'SK[a-f0-9]{32}', // Twilio
    'key-[a-f0-9]{32}', // Mailgun
    'dckr_pat_[A-Za-z0-9_-]{20,60}', // Docker
    'hvs\\.[A-Za-z0-9_-]{24,200}', // Vault
    'AGE-SECRET-KEY-1[A-Z0-9]{58}',
    '[0-9]{8,10}:AA[A-Za-z0-9_-]{33}', // Telegram
  ].join('|'),
);

/** JWS and JWE (RFC 7515 §3.1, RFC 7516 §3.1): their header is a JSON object. */
const TOKENS = alone('eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}(?:\\.[A-Za-z0-9_-]*){1,3}');

/** RFC 7468 and OpenPGP; one whose end is missing goes as far as it looks like one. */
const PRIVATE_KEYS =
  /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=:,.\s-]|\\[nr])*?(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|(?![A-Za-z0-9+/=:,.\s\\-])|$)/g;

/** A password in an address (RFC 3986 §3.2.1), or a key in a connection string. */
const PASSWORDS =
  /(?<=[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,64}:)[^\s:@/]{3,128}(?=@)|(?<=(?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/]{40,100}={0,2}/g;

const WORDS = /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{16,256}(?![A-Za-z0-9+/_=-])/g;

/** `{"type": "secrets"}`: keys, tokens and passwords. */
@Injectable()
@AiGuardrail('secrets')
export class SecretsGuardrail implements AiGuardrailType<Secrets> {
  readonly settings: z.ZodType<Secrets> = settings;

  make({ entropy }: Secrets): FindingGuardrail {
    return { find: (text) => [...known(text), ...(entropy ? byChance(text, entropy) : [])] };
  }
}

function known(text: string): Finding[] {
  return [
    ...(text.includes('-----BEGIN') ? findAll(text, PRIVATE_KEYS, 'PRIVATE_KEY') : []),
    ...(text.includes('eyJ') ? findAll(text, TOKENS, 'TOKEN') : []),
    ...findAll(text, KEYS, 'SECRET'),
    ...(/:\/\/|AccessKey=|AccountKey=/.test(text) ? findAll(text, PASSWORDS, 'PASSWORD') : []),
  ];
}

function byChance(
  text: string,
  { min_length: length, min_bits: bits }: NonNullable<Secrets['entropy']>,
): Finding[] {
  return findAll(
    text,
    WORDS,
    'SECRET',
    (word) => word.length >= length && /\d/.test(word) && /[A-Za-z]/.test(word) && entropyOf(word) >= bits,
  );
}
