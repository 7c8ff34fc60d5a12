import type { ConditionDefinition } from './condition-definition.js';
import type { MatchedRequest } from './matched-request.js';
import { RegularExpression } from './regular-expression.js';

/** Where a condition looks. */
export type ConditionPlace = 'header' | 'query' | 'cookie';

/** A condition on a header, a query parameter or a cookie, ready to be asked. */
export interface Condition {
  readonly place: ConditionPlace;
  readonly name: string;
  /** The few values it allows, where they are few. */
  readonly values: readonly string[] | undefined;
  /** For people: `header x-version is "2"`. */
  readonly text: string;
  holds(request: MatchedRequest): boolean;
}

/** Nothing, one value, or several: without a list where there is none to make. */
type Values = string | readonly string[] | undefined;

/** Conditions by where they look, as they are written. */
interface ConditionsDefinition {
  readonly headers?: readonly ConditionDefinition[] | undefined;
  readonly query?: readonly ConditionDefinition[] | undefined;
  readonly cookies?: readonly ConditionDefinition[] | undefined;
}

export function compileConditions({ headers, query, cookies }: ConditionsDefinition): Condition[] {
  return [
    ...(headers ?? []).map((one) => compileCondition('header', one)),
    ...(query ?? []).map((one) => compileCondition('query', one)),
    ...(cookies ?? []).map((one) => compileCondition('cookie', one)),
  ];
}

function compileCondition(place: ConditionPlace, definition: ConditionDefinition): Condition {
  const name = place === 'header' ? definition.name.toLowerCase() : definition.name;
  const test = testOf(definition);
  const { not = false } = definition;
  const holds = (request: MatchedRequest) => {
    const values = valuesOf(place, name, request);
    if (values === undefined) return not;
    if (typeof values === 'string') return test(values) !== not;
    // Servers differ in which of several they take; it must not matter.
    return not ? !values.some(test) : values.every(test);
  };
  const allowed = definition.one_of ?? (definition.exact === undefined ? undefined : [definition.exact]);
  return {
    place,
    name,
    values: not ? undefined : allowed,
    holds,
    text: `${place} ${name} ${textOf(definition)}`,
  };
}

/** The first value of a header, parameter or cookie. */
export function valueOf(place: ConditionPlace, name: string, request: MatchedRequest): string | undefined {
  const values = valuesOf(place, name, request);
  return typeof values === 'object' ? values[0] : values;
}

function testOf({ exact, one_of: few, prefix, regex }: ConditionDefinition): (value: string) => boolean {
  if (exact !== undefined) return (value) => value === exact;
  if (few !== undefined) {
    const allowed = new Set(few);
    return (value) => allowed.has(value);
  }
  if (prefix !== undefined) return (value) => value.startsWith(prefix);
  if (regex === undefined) return () => true;
  const expression = RegularExpression.of(regex);
  return (value) => expression.describes(value);
}

function textOf({ exact, one_of: few, prefix, regex, not }: ConditionDefinition): string {
  const no = not ? 'not ' : '';
  if (exact !== undefined) return `is ${no}${JSON.stringify(exact)}`;
  if (few !== undefined) return `is ${no}one of ${JSON.stringify(few)}`;
  if (prefix !== undefined) return `${not ? 'does not begin' : 'begins'} with ${JSON.stringify(prefix)}`;
  if (regex !== undefined) return `is ${no}described by ${regex}`;
  return `is ${no}present`;
}

function valuesOf(place: ConditionPlace, name: string, request: MatchedRequest): Values {
  if (place === 'header') return request.headers[name];
  return place === 'query' ? parametersOf(request.query, name) : cookiesOf(request.headers.cookie, name);
}

/** The routes of a request may ask for several of its parameters: its query is taken apart once. */
let lastQuery = '';
let lastParameters = new URLSearchParams();

function parametersOf(query: string, name: string): Values {
  if (query === '') return undefined;
  if (query !== lastQuery) {
    lastParameters = new URLSearchParams(query);
    lastQuery = query;
  }
  const values = lastParameters.getAll(name);
  return values.length > 1 ? values : values[0];
}

function cookiesOf(cookie: string | undefined, name: string): Values {
  if (!cookie?.includes(name)) return undefined;
  const values: string[] = [];
  for (const part of cookie.split(';')) {
    const pair = part.trim();
    if (pair.startsWith(name) && pair[name.length] === '=') values.push(pair.slice(name.length + 1));
  }
  return values.length > 1 ? values : values[0];
}
