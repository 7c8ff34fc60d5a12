import { z } from 'zod';
import { changedMembers } from './changed-members.js';
import type { ConfigKind } from './config-kind.js';
import { type ConfigKinds, memberOf } from './config-kinds.service.js';
import type { ConfigRow } from './config-row.js';
import type { ConfigurationDraft, ObjectChange } from './configuration-draft.js';

/**
 * The configuration as one document, as `gatehouse.yaml` has it: a member for each kind, a list of its objects, known by
 * their names.
 */
export type ConfigurationDocument = Record<string, object[]>;

/** One line of what a document changes. */
export interface DocumentChange {
  readonly action: 'create' | 'change' | 'delete';
  readonly kind: string;
  readonly name: string;
  /** The members that a change concerns. */
  readonly members?: readonly string[];
}

/** Lets editors find the schema; says nothing itself. */
const SCHEMA_MEMBER = '$schema';

/** Stands in an export for what cannot be shown. */
const FAULTY_MEMBER = '$faulty';

/** Every kind is there, also the empty ones: put in force elsewhere, it makes the same configuration. */
export function documentOf(draft: ConfigurationDraft, kinds: ConfigKinds): ConfigurationDocument {
  const lists = kinds.all().map(([plural, kind]) => {
    return [memberOf(plural), draft.of(plural).map((row) => exported(row, kind))] as const;
  });
  return Object.fromEntries(lists);
}

function exported({ name, definition }: ConfigRow, kind: ConfigKind): object {
  if (!kind.shown) return definition as object;
  const parsed = kind.schema.safeParse(definition);
  // Of what nobody checked no more than this is shown: it may be a secret in the wrong place.
  return parsed.success ? kind.shown(parsed.data) : { name, [FAULTY_MEMBER]: true };
}

/** Makes each kind that the document names exactly what it says; the other kinds stay as they are. */
export function applyDocument(draft: ConfigurationDraft, kinds: ConfigKinds, document: unknown): void {
  const plurals = new Map(kinds.all().map(([plural]) => [memberOf(plural), plural]));
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return draft.refuse('', `must be an object with members of ${[...plurals.keys()].join(', ')}`);
  }
  for (const [member, objects] of Object.entries(document)) {
    if (member === SCHEMA_MEMBER) continue;
    const plural = plurals.get(member);
    if (plural === undefined) {
      draft.refuse(`/${member}`, `must be one of ${[...plurals.keys()].join(', ')}`);
    } else if (Array.isArray(objects)) applyList(draft, plural, `/${member}`, objects as unknown[]);
    else draft.refuse(`/${member}`, 'must be a list');
  }
}

function applyList(draft: ConfigurationDraft, kind: string, pointer: string, objects: unknown[]): void {
  const before = new Map<unknown, ConfigRow>(draft.of(kind).map((row) => [row.name, row]));
  const seen = new Set<unknown>();
  objects.forEach((sent, index) => {
    const at = `${pointer}/${index}`;
    const { name, [FAULTY_MEMBER]: faulty } = (sent ?? {}) as { name?: unknown; [FAULTY_MEMBER]?: unknown };
    if (faulty !== undefined)
      draft.refuse(at, 'stands for a faulty object, which no export has: write it whole');
    else if (name !== undefined && seen.has(name)) draft.refuse(`${at}/name`, 'is there twice');
    else draft.put(kind, sent, before.get(name), at);
    seen.add(name);
  });
  for (const [name, row] of before) if (!seen.has(name)) draft.remove(row);
}

export function summaryOf({ before, after }: ObjectChange): DocumentChange {
  const { kind, name } = (after ?? before)!;
  if (!before) return { action: 'create', kind, name };
  if (!after) return { action: 'delete', kind, name };
  return { action: 'change', kind, name, members: changedMembers(before.definition, after.definition) };
}

/** The JSON Schema of a document. */
export function documentSchema(kinds: ConfigKinds): object {
  const properties = kinds.all().map(([plural, { schema }]) => {
    const { $schema: _dialect, ...items } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return [memberOf(plural), { type: 'array', items }] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The configuration of a Gatehouse gateway',
    type: 'object',
    properties: { [SCHEMA_MEMBER]: { type: 'string' }, ...Object.fromEntries(properties) },
    additionalProperties: false,
  };
}
