import { z } from 'zod';
import { ClaimsConditionError, claimsCondition } from '../tokens/claims-condition.js';
import { OWN_ISSUER } from '../tokens/issuer-definition.js';
import { tokenDemands } from '../tokens/token-demands.js';

const text = z.string().min(1).max(500);
const list = z.array(text).min(1).max(50);

const condition = z.string().transform((value, context) => {
  try {
    return claimsCondition(value);
  } catch (error) {
    if (!(error instanceof ClaimsConditionError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

const neededDetail = z.strictObject({
  type: text,
  actions: list.optional(),
  locations: list.optional(),
  datatypes: list.optional(),
  privileges: list.optional(),
  identifier: text.optional(),
});

/** What a route says to the guard `access_token`, besides `type`. */
export const accessTokenSettings = z.strictObject({
  audience: z
    .union([text, list])
    .transform((value) => [value].flat())
    .describe("What the token's audience must hold, one of them: the API's identifier"),
  issuers: z
    .array(text)
    .min(1)
    .max(20)
    .default([OWN_ISSUER])
    .describe('Whose tokens are taken: gatehouse is the auth-server'),
  scopes: z.array(text).max(50).default([]).describe('All of them are needed'),
  any_scope: list.optional().describe('One of them is needed'),
  roles: list.optional().describe('One of them is needed'),
  claims: condition.optional().describe('A condition over claims in the Common Expression Language'),
  acr_values: list.optional().describe('How the user must have signed in: one of them (RFC 9470)'),
  max_age: z.int().min(0).max(31_536_000).optional().describe('How many seconds ago at most (RFC 9470)'),
  authorization_details: z
    .array(neededDetail)
    .min(1)
    .max(20)
    .optional()
    .describe('All of them are needed: an element of that type that has all that is listed (RFC 9396)'),
  dpop: z
    .enum(['required', 'allowed'])
    .default('allowed')
    .describe(
      'Whether tokens must be bound to a DPoP key (RFC 9449); those that are always need their proof',
    ),
  dpop_nonce: z.boolean().default(false).describe("Whether proofs need a nonce of the gateway's"),
  mtls_bound: z
    .boolean()
    .default(false)
    .describe("Whether tokens must be bound to the caller's certificate (RFC 8705)"),
  resource_name: text
    .optional()
    .describe("Told in the metadata of the API (RFC 9728), which it has under the gateway's URL only"),
  resource_documentation: z
    .url()
    .max(2_048)
    .optional()
    .describe("Told in the metadata of the API (RFC 9728), which it has under the gateway's URL only"),
});

export type AccessTokenSettings = z.output<typeof accessTokenSettings>;

/** The same, with all that can be worked out once. */
export const accessTokenRules = accessTokenSettings.transform((settings) => ({
  ...settings,
  demands: tokenDemands(settings),
  origins: new Set(settings.audience.flatMap(originOf)),
  challenged: settings.any_scope && settings.scopes.length === 0 ? settings.any_scope : settings.scopes,
}));

export type AccessTokenRules = z.output<typeof accessTokenRules>;

function originOf(audience: string): string[] {
  return /^https?:\/\//.test(audience) && URL.canParse(audience) ? [new URL(audience).origin] : [];
}
