import { z } from 'zod';
import type { Call } from '../../calls/call.js';

/** What is known of a call, by the names that templates use. */
const SOURCES: Readonly<Record<string, (call: Call) => unknown>> = {
  'caller.subject': ({ caller }) => caller.subject,
  'caller.client': ({ caller }) => caller.clientId,
  'caller.consumer': ({ caller }) => caller.consumer,
  'caller.plan': ({ caller }) => caller.plan,
  'caller.name': ({ caller }) => caller.name,
  'caller.email': ({ caller }) => caller.email,
  'caller.username': ({ caller }) => caller.username,
  'caller.scopes': ({ caller }) => caller.scopes?.join(' '),
  'request.id': ({ id }) => id,
  'request.method': ({ method }) => method,
  'request.path': ({ path }) => path,
  'request.host': ({ host }) => host,
  'request.protocol': ({ protocol }) => protocol,
  'request.ip': ({ ip }) => ip,
  'route.name': ({ route }) => route.name,
};

/** The same for names that go on: `claims.address.country`, `parameters.id`. */
const FAMILIES: readonly (readonly [string, (rest: string) => (call: Call) => unknown])[] = [
  ['claims.', (rest) => claimOf(rest.split('.'))],
  ['parameters.', (name) => (call) => own(call.parameters, name)],
  ['request.headers.', (name) => headerOf(name.toLowerCase())],
  ['request.query.', (name) => (call) => new URLSearchParams(call.query).get(name) ?? undefined],
];

function claimOf(names: readonly string[]): (call: Call) => unknown {
  return ({ caller }) => names.reduce<unknown>(own, caller.claims);
}

function headerOf(name: string): (call: Call) => unknown {
  return ({ headers }) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

type Part = string | ((call: Call) => unknown);

/** `{caller.subject}` stands for a value of the call, `{{` and `}}` for braces. @returns a fault's text, or the parts */
function partsOf(text: string): Part[] | string {
  const parts: Part[] = [];
  for (const [token] of text.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g)) {
    if (token === '{{' || token === '}}') parts.push(token[0]!);
    else if (token === '{' || token === '}') return `has a single ${token}; write ${token}${token} for one`;
    else if (!token.startsWith('{')) parts.push(token);
    else {
      const source = sourceOf(token.slice(1, -1));
      if (!source) return `names ${token}, which no call has`;
      parts.push(source);
    }
  }
  return parts;
}

function sourceOf(name: string): ((call: Call) => unknown) | undefined {
  if (Object.hasOwn(SOURCES, name)) return SOURCES[name];
  const family = FAMILIES.find(([prefix]) => name.startsWith(prefix) && name.length > prefix.length);
  return family?.[1](name.slice(family[0].length));
}

/** A text with values of the call in it. */
export const templateText = z
  .string()
  .max(4_096)
  .superRefine((text, context) => {
    const parts = partsOf(text);
    if (typeof parts === 'string') context.addIssue({ code: 'custom', message: parts });
  });

/** Fills a template in; undefined where a value that it names is not there. */
export type Template = (call: Call) => string | undefined;

/** @param text one that `templateText` took */
export function compileTemplate(text: string): Template {
  const parts = partsOf(text) as Part[];
  if (!parts.some((part) => typeof part === 'function')) {
    const constant = parts.join('');
    return () => constant;
  }
  return (call) => {
    let filled = '';
    for (const part of parts) {
      const value = typeof part === 'string' ? part : part(call);
      if (value === undefined || value === null) return undefined;
      filled += typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
    }
    return filled;
  };
}

/** The same for JSON: a text that is one placeholder and nothing else gives the value as it is, a number or a list, say. */
export function compileJsonTemplate(text: string): (call: Call) => unknown {
  const parts = partsOf(text) as Part[];
  const [only] = parts;
  return parts.length === 1 && typeof only === 'function' ? only : compileTemplate(text);
}
