import { Problem } from '@gatehouse/http';
import type { HeaderList } from '../calls/header-list.js';
import type { PolicyHooks } from '../policies/policy.js';
import type { ApiDefinition } from './api-definition.js';

/** What an API's state means for calls to its routes; undefined: nothing. */
export function lifecycle(api: ApiDefinition): PolicyHooks | undefined {
  if (api.state === 'draft')
    return { onArrival: () => refuse(new Problem(404, 'No route is at this address.')) };
  const told = fieldsOf(api);
  if (api.state === 'retired') {
    const headers = Object.fromEntries(told);
    return { onArrival: () => refuse(new Problem(410, 'This API is no longer served.', { headers })) };
  }
  if (told.length === 0) return undefined;
  return { onResponse: (_call, { headers }) => tell(headers, told) };
}

function refuse(problem: Problem): never {
  throw problem;
}

function tell(headers: HeaderList, fields: readonly (readonly [string, string])[]): void {
  for (const [name, value] of fields) {
    // An upstream may have links of its own; of the rest, what is said here counts.
    if (name !== 'link') headers.delete(name);
    headers.append(name, value);
  }
}

function fieldsOf({
  state,
  deprecated_at: from,
  sunset_at: until,
  successor,
}: ApiDefinition): [string, string][] {
  const fields: [string, string][] = [];
  // RFC 9745 §2.1: a Date of Structured Fields.
  if (state === 'deprecated') fields.push(['deprecation', `@${Math.floor(Date.parse(from!) / 1_000)}`]);
  // RFC 8594 §3
  if (until !== undefined) fields.push(['sunset', new Date(until).toUTCString()]);
  // RFC 5829 §3.2
  if (successor !== undefined && state !== 'published') {
    fields.push(['link', `<${new URL(successor).href}>; rel="successor-version"`]);
  }
  return fields;
}
