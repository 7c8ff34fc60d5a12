import type { ListedGrant } from '../grants/grant-list.service.js';

/** What an application may do for a person, of all its grants together. */
export interface Access {
  readonly clientId: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly since: Date;
}

/**
 * One entry for each application.
 * @param describe what the scopes mean, for people
 */
export async function accessOf(
  grants: readonly ListedGrant[],
  describe: (scopes: readonly string[]) => Promise<readonly { description: string }[]>,
): Promise<Access[]> {
  const clientIds = [...new Set(grants.map(({ clientId }) => clientId))];
  return Promise.all(
    clientIds.map(async (clientId) => {
      const own = grants.filter((grant) => grant.clientId === clientId);
      const described = await describe([...new Set(own.flatMap(({ scopes }) => scopes))]);
      return {
        clientId,
        name: own[0]!.clientName ?? clientId,
        permissions: [...new Set(described.map(({ description }) => description))],
        since: own.map(({ createdAt }) => createdAt).reduce((a, b) => (a < b ? a : b)),
      };
    }),
  );
}
