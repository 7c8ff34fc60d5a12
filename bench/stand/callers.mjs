import { writeAuthorizations } from './gatehouse.mjs';

const CLIENTS = 16;
const TOKENS_OF_EACH = 4;

/**
 * Callers that use their tokens again and again, as callers do: each client is counted by itself.
 * @returns {Promise<{ authorizations: string, renew: () => Promise<string> }>} the file with their tokens, and what writes
 *   new ones into it, as they live for ten minutes
 */
export async function makeCallers(stand, gatehouse) {
  const clients = [];
  for (let client = 0; client < CLIENTS; client += 1) clients.push(await gatehouse.registerClient());
  const renew = async () => writeAuthorizations(stand, 'calls', await tokensOf(gatehouse, clients));
  return { authorizations: await renew(), renew };
}

async function tokensOf(gatehouse, clients) {
  const tokens = [];
  for (const client of clients) tokens.push(await gatehouse.tokens(client, TOKENS_OF_EACH));
  // One client's call after another's, not all of one first.
  return Array.from({ length: TOKENS_OF_EACH }, (_, index) => tokens.map((own) => own[index])).flat();
}
