import { request } from 'undici';

/** An answer of an API. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
  /** The body as JSON; an empty object when it is none. */
  json: Record<string, unknown>;
}

/** What to send. */
export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as `Authorization: Bearer`. */
  token?: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string> | string;
}

const TIMEOUT_MS = 10_000;

/** Calls an API once, follows no redirect, and never throws for a status. */
export async function callApi(url: string, call: Call = {}): Promise<Answer> {
  const { method = call.json || call.form ? 'POST' : 'GET', token, headers = {} } = call;
  const answer = await request(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...contentType(call),
      ...headers,
    },
    ...bodyOf(call),
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const text = await answer.body.text();
  const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value ?? '')]);
  return { status: answer.statusCode, headers: Object.fromEntries(flat), text, json: jsonOf(text) };
}

/** HTTP Basic credentials of a client, each part form-encoded first (RFC 6749 §2.3.1). */
export function basicAuth(clientId: string, clientSecret: string): string {
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function contentType(call: Call): Record<string, string> {
  if (call.json !== undefined) return { 'content-type': 'application/json' };
  if (call.form !== undefined) return { 'content-type': 'application/x-www-form-urlencoded' };
  return {};
}

function bodyOf(call: Call): { body?: string } {
  if (call.json !== undefined) return { body: JSON.stringify(call.json) };
  if (call.form !== undefined) return { body: new URLSearchParams(call.form).toString() };
  return {};
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
