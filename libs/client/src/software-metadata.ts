import { z } from 'zod';

const webUri = z.url({ protocol: /^https?$/ }).max(2_048);

/** What a client says of its software: RFC 7591 §2, OpenID Connect Registration §2. */
export const softwareMembers = {
  application_type: z.enum(['web', 'native']).optional(),
  software_id: z.string().max(200).optional(),
  software_version: z.string().max(200).optional(),
  /** RFC 7591 §2.3: kept as it came, since the answer must name it. */
  software_statement: z.string().max(16_384).optional(),
  /** OpenID Connect Core §4. */
  initiate_login_uri: z
    .url({ protocol: /^https$/ })
    .max(2_048)
    .optional(),
};

/** How a client hears of a logout: OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout, §2 of each. */
export const logoutMembers = {
  backchannel_logout_uri: webUri.optional(),
  backchannel_logout_session_required: z.boolean().optional(),
  frontchannel_logout_uri: webUri.optional(),
  frontchannel_logout_session_required: z.boolean().optional(),
};

interface LogoutAddresses {
  readonly redirect_uris: readonly string[];
  readonly backchannel_logout_uri?: string | undefined;
  readonly frontchannel_logout_uri?: string | undefined;
}

/** What is wrong with a client's logout addresses: the member, and why. */
export function logoutFault(client: LogoutAddresses): [member: string, fault: string] | undefined {
  const {
    redirect_uris: redirectUris,
    backchannel_logout_uri: back,
    frontchannel_logout_uri: front,
  } = client;
  if (back?.includes('#')) {
    return ['backchannel_logout_uri', 'must not have a fragment (OpenID Connect Back-Channel Logout §2.2)'];
  }
  const known = redirectUris.filter((uri) => URL.canParse(uri)).map((uri) => new URL(uri).origin);
  if (front !== undefined && !known.includes(new URL(front).origin)) {
    return [
      'frontchannel_logout_uri',
      'must be of the origin of a redirect URI (OpenID Connect Front-Channel Logout §2)',
    ];
  }
  return undefined;
}

interface Application {
  readonly application_type?: 'web' | 'native' | undefined;
  readonly grant_types: readonly string[];
  readonly redirect_uris: readonly string[];
}

/** OpenID Connect Registration §2: a web client of the implicit flow has https addresses, and none on loopback. */
export function isImplicitOnHttp({
  application_type: type,
  grant_types,
  redirect_uris,
}: Application): boolean {
  const isImplicit = type === 'web' && grant_types.includes('implicit');
  return isImplicit && redirect_uris.some((uri) => !/^https:\/\/(?!localhost[:/?]|localhost$)/i.test(uri));
}
