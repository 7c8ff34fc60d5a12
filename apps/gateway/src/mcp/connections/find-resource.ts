import { z } from 'zod';
import { HANDSHAKE_VERSIONS, IMPLEMENTATION } from '../protocol/versions.js';
import type { OAuthRequests } from './oauth-requests.service.js';

/** What a server says of those who may ask it (RFC 9728). */
export interface Resource {
  /** For whom tokens must be (RFC 8707). */
  readonly identifier: string;
  /** The issuers of its authorization servers. */
  readonly issuers: readonly string[];
  /** What a token must allow, as far as it says. */
  readonly scopes: readonly string[] | undefined;
}

interface Challenge {
  readonly metadata?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
}

const metadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string().max(2_048)).max(20).default([]),
  scopes_supported: z.array(z.string()).max(200).optional(),
});

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: HANDSHAKE_VERSIONS[0], capabilities: {}, clientInfo: IMPLEMENTATION },
});

/**
 * MCP Authorization, Protected Resource Metadata Discovery: by the challenge of the server, or where metadata are by custom.
 * @returns undefined where it has none
 */
export async function findResource(url: string, requests: OAuthRequests): Promise<Resource | undefined> {
  const challenge = await challengeOf(url, requests);
  const { origin, pathname, search } = new URL(url);
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`;
  const places =
    challenge.metadata === undefined
      ? [`${wellKnown}${pathname === '/' ? '' : pathname}${search}`, wellKnown]
      : [challenge.metadata];
  for (const place of new Set(places)) {
    const found = await metadataAt(place, url, requests);
    if (found) return { ...found, scopes: challenge.scopes ?? found.scopes };
  }
  return undefined;
}

/** What the server says to somebody without a token (RFC 9728 §5.1). */
async function challengeOf(url: string, requests: OAuthRequests): Promise<Challenge> {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  try {
    const answer = await requests.send(url, { method: 'POST', headers, body: INITIALIZE });
    if (answer.status !== 401) return {};
    const said = [answer.headers['www-authenticate'] ?? []].flat().join(', ');
    return {
      metadata: parameter(said, 'resource_metadata'),
      scopes: parameter(said, 'scope')
        ?.split(' ')
        .filter((one) => one !== ''),
    };
  } catch {
    // It may not answer such a question: its metadata may be there all the same.
    return {};
  }
}

function parameter(challenge: string, name: string): string | undefined {
  return new RegExp(`(?:^|[\\s,])${name}="([^"\\\\]{1,2048})"`, 'i').exec(challenge)?.[1];
}

async function metadataAt(
  place: string,
  url: string,
  requests: OAuthRequests,
): Promise<Resource | undefined> {
  const answer = await requests
    .send(place, { accept: ['application/json'], statuses: [200] })
    .catch(() => undefined);
  const { data } = metadata.safeParse(answer?.json());
  // RFC 9728 §3.3: or a server could get a token that is for another one.
  if (!data || !isAbout(data.resource, url)) return undefined;
  return {
    identifier: data.resource,
    issuers: data.authorization_servers,
    scopes: data.scopes_supported,
  };
}

/** A server may be a part of what its tokens are for. */
function isAbout(resource: string, url: string): boolean {
  if (!URL.canParse(resource)) return false;
  const [whole, part] = [new URL(resource), new URL(url)];
  if (whole.origin !== part.origin || whole.hash !== '') return false;
  const path = whole.pathname.endsWith('/') ? whole.pathname : `${whole.pathname}/`;
  return whole.search === '' ? `${part.pathname}/`.startsWith(path) : whole.href === part.href;
}
