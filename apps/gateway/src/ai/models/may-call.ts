import type { Call } from '../../calls/call.js';

/** Whether the credential of the call is for this model. */
export function mayCall({ caller: { models } }: Call, name: string): boolean {
  return models === undefined || models.includes(name);
}
