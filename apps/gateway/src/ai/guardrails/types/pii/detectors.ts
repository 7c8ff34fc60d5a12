import { isIPv6 } from 'node:net';
import type { Finding } from '../../ai-guardrail.js';
import { findAll } from '../find-all.js';
import { CARD, isCard } from './cards.js';
import { findIbans } from './ibans.js';
import { findNationalIds } from './national-ids.js';

/** What is looked for, in this order: what is one thing is not another, too. */
export const ENTITIES = ['email', 'iban', 'card', 'national_id', 'ip', 'phone'] as const;
export type Entity = (typeof ENTITIES)[number];

type Detector = (text: string) => readonly Finding[];

const NONE: readonly Finding[] = [];

// Each begins where a word does, and all runs have a bound: time is linear in the text.

/** As people write them: RFC 5321 without its quoted forms, and letters of all scripts (RFC 6531). */
const EMAIL =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,256}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/gu;

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = new RegExp(`(?<![\\d.])(?:${OCTET}\\.){3}${OCTET}(?!\\.?\\d)`, 'g');
const IPV6 = /(?<![\p{L}\p{N}:.])[0-9a-f:]{6,39}(?:\.\d{1,3}){0,3}(?![\p{L}\p{N}:])/giu;

/** With a country's code (E.164), or as North America and those write theirs who put a zero before. */
const PHONE = new RegExp(
  [
    '(?<![\\p{L}\\p{N}+])(?:\\+|(?<!\\d[\\s-])00)[1-9]\\d{0,2}(?:[\\s().\\/‐‑-]{0,3}\\d){6,13}',
    '(?<![\\p{L}\\p{N}+.-])(?:\\(\\d{3}\\)\\s?|\\d{3}[-.\\s])\\d{3}[-.\\s]\\d{4}',
    '(?<![\\p{L}\\p{N}+.,:/-]|\\d\\s)\\(?0[1-9]\\d{1,4}\\)?[\\s/-]{1,3}\\d{2,4}(?:[\\s-]?\\d{2,4}){1,3}',
  ]
    .map((form) => `${form}(?![\\p{L}\\p{N}]|[-.]\\d)`)
    .join('|'),
  'gu',
);

export const DETECTORS: Readonly<Record<Entity, Detector>> = {
  email: (text) => (text.includes('@') ? findAll(text, EMAIL, 'EMAIL') : NONE),
  iban: (text) => (hasDigits(text) ? findIbans(text) : NONE),
  card: (text) => (hasDigits(text) ? findAll(text, CARD, 'CARD', isCard) : NONE),
  national_id: (text) => (hasDigits(text) ? findNationalIds(text) : NONE),
  ip: (text) => [
    ...(text.includes('.') ? findAll(text, IPV4, 'IP') : NONE),
    ...(text.includes(':') ? findAll(text, IPV6, 'IP', isAddress) : NONE),
  ],
  phone: (text) => (hasDigits(text) ? findAll(text, PHONE, 'PHONE', isPhone) : NONE),
};

function hasDigits(text: string): boolean {
  return /\d{2}/.test(text);
}

/** `a::b` is more likely C++. */
function isAddress(text: string): boolean {
  return isIPv6(text) && /\d/.test(text) && text.split(':').filter((group) => group !== '').length > 1;
}

/** E.164: 15 digits at most. */
function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, '').replace(/^00/, '').length;
  return digits >= 8 && digits <= 15;
}
