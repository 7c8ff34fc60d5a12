import { z } from 'zod';
import type { Call } from '../../calls/call.js';
import { fieldValue, HOP_BY_HOP } from '../../calls/field-names.js';
import type { HeaderList } from '../../calls/header-list.js';
import { compileTemplate, templateText } from '../template/template.js';

/** Framing is the gateway's (RFC 9112 §6), and so is what a connection is agreed on by. */
const FRAMING = new Set([...HOP_BY_HOP, 'content-length', 'content-encoding']);

/**
 * @param forbidden names, beside those of framing and connections, that no policy may write
 */
export function headerChanges(forbidden: (name: string) => boolean) {
  const known = z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/, 'must be a field name (RFC 9110 §5.1)')
    .transform((name) => name.toLowerCase());
  const touched = known.refine(
    (name) => !FRAMING.has(name),
    'is for the gateway alone: framing, or hop-by-hop',
  );
  const written = touched.refine((name) => !forbidden(name), 'is what the gateway alone says');
  const value = templateText.refine((text) => /^[\x20-\x7E]*$/.test(text), 'must be visible ASCII');
  return z.strictObject({
    remove: z.array(touched).max(100).default([]),
    rename: z.record(touched, written).default({}).describe('Old names, and the new one of each'),
    set: z.record(written, value).default({}).describe('One field of this name, whatever was there before'),
    add: z.record(written, value).default({}).describe('A field more of this name'),
  });
}

export type HeaderChanges = z.output<ReturnType<typeof headerChanges>>;

type Change = (call: Call, headers: HeaderList) => void;

/**
 * The changes in the order remove, rename, set, add. A value that a template names and the call has not leaves no field:
 * what the caller sent under a name that is set never gets through.
 */
export function compileHeaderChanges({ remove, rename, set, add }: HeaderChanges): Change {
  const changes: Change[] = [
    ...remove.map(
      (name): Change =>
        (_call, headers) =>
          headers.deleteSpellings(name),
    ),
    ...Object.entries(rename).map(([from, to]) => renaming(from, to)),
    ...Object.entries(set).map(([name, text]) => setting(name, text)),
    ...Object.entries(add).map(([name, text]) => adding(name, text)),
  ];
  return (call, headers) => {
    for (const change of changes) change(call, headers);
  };
}

function renaming(from: string, to: string): Change {
  return (_call, headers) => {
    const values = headers.all(from);
    if (values.length === 0) return;
    headers.delete(from);
    headers.deleteSpellings(to);
    for (const value of values) headers.append(to, value);
  };
}

function setting(name: string, text: string): Change {
  const template = compileTemplate(text);
  return (call, headers) => {
    headers.deleteSpellings(name);
    const value = template(call);
    if (value !== undefined) headers.append(name, plain(text, value));
  };
}

function adding(name: string, text: string): Change {
  const template = compileTemplate(text);
  return (call, headers) => {
    const value = template(call);
    if (value !== undefined) headers.append(name, plain(text, value));
  };
}

/** What was written as it stands goes out as it stands; what came from the call must be a field value. */
function plain(text: string, value: string): string {
  return text === value ? value : fieldValue(value);
}
