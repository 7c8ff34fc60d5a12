import type { JsonObject } from '../../wire/json.js';
import { ConnectNeeded } from '../connections/connect-needed.js';

/** What a server has for a user; where the user has no account there yet, nothing: its tool that connects says so. */
export async function ofAccount(listing: Promise<JsonObject[]>): Promise<JsonObject[]> {
  try {
    return await listing;
  } catch (error) {
    if (error instanceof ConnectNeeded) return [];
    throw error;
  }
}
