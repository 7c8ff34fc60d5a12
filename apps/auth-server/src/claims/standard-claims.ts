import type { User } from '../users/user.entity.js';

/** The claims of each scope (OpenID Connect Core §5.4). */
export const CLAIMS_OF_SCOPE: Readonly<Record<string, readonly string[]>> = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

export const STANDARD_CLAIMS: readonly string[] = Object.values(CLAIMS_OF_SCOPE).flat();

/** All that is known of a user, by the names of OpenID Connect Core §5.1, and what is in-house besides. */
export function claimsOfUser(user: User): Readonly<Record<string, unknown>> {
  return {
    ...user.profile,
    name: user.name,
    preferred_username: user.username,
    ...(user.email === null ? {} : { email: user.email, email_verified: user.emailVerified }),
    updated_at: Math.floor(user.updatedAt.getTime() / 1000),
  };
}
