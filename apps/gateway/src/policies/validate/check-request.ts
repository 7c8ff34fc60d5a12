import { type FieldFault, Problem } from '@gatehouse/http';
import type { OutgoingRequest } from '../../calls/answer.js';
import type { HeaderList } from '../../calls/header-list.js';
import { contentTypeOf } from '../json/media-type.js';
import type { Operation } from './compile-document.js';
import { step } from './openapi-document.js';

/** @param path decoded values of the path's parameters @throws Problem 400 that names each faulty parameter */
export function checkParameters(
  { query: text, headers }: OutgoingRequest,
  operation: Operation,
  path: Readonly<Record<string, string>>,
  { unknown_query: unknown }: { readonly unknown_query: 'refuse' | 'pass' },
): void {
  const query = new URLSearchParams(text);
  const sent = {
    path,
    query,
    header: (name: string) => headers.all(name),
    cookie: (name: string) => cookiesOf(headers, name),
  };
  const errors: FieldFault[] = operation.parameters.flatMap((parameter) => parameter.check(sent));
  if (unknown === 'refuse') {
    for (const name of new Set(query.keys())) {
      if (!operation.query.has(name))
        errors.push({ pointer: `/query${step(name)}`, detail: 'is not known here' });
    }
  }
  if (errors.length > 0) throw new Problem(400, 'Some parameters of the request cannot be used.', { errors });
}

/**
 * Holds the body to what the operation takes. What it does not name by type is refused, however the type is spelled: a body
 * that nobody checked never gets through.
 * @throws Problem 400, 415, 422
 */
export function checkBody({ method, headers }: OutgoingRequest, operation: Operation, body: Buffer): void {
  const { body: taken } = operation;
  if (!taken) {
    if (body.length > 0) throw new Problem(400, `${method} takes no body here.`);
    return;
  }
  if (body.length === 0) {
    if (taken.required) throw missing();
    return;
  }
  const type = contentTypeOf(headers);
  const check = type ? taken.content.of(type) : undefined;
  if (!check) {
    const { accepted } = taken.content;
    const told = { headers: { accept: accepted } };
    throw new Problem(415, `The body must be of one type, which Content-Type names: ${accepted}.`, told);
  }
  const fault = check(body);
  if (!fault) return;
  const { malformed, errors } = fault;
  if (malformed) throw new Problem(400, 'The body is not what its Content-Type says.', { errors });
  throw new Problem(422, 'Some members of the body cannot be used.', { errors });
}

function missing(): Problem {
  return new Problem(400, 'The request needs a body.', {
    errors: [{ pointer: '/body', detail: 'is required' }],
  });
}

function cookiesOf(headers: HeaderList, name: string): string[] {
  return headers
    .all('cookie')
    .flatMap((field) => field.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
