import { Injectable } from '@nestjs/common';
import {
  type ConsentDecider,
  type ConsentDecision,
  ConsentPolicy,
  type ConsentQuestion,
} from '../../../apps/auth-server/src/extension.js';

/** What tells nothing that a colleague may not know. */
const HARMLESS: ReadonlySet<string> = new Set(['openid', 'profile']);
const CONFIDENTIAL: ReadonlySet<string> = new Set(['demo:write']);

/** Applications that somebody has looked at. Yours would ask the system that knows. */
const REVIEWED: ReadonlySet<string> = new Set(['Payroll']);

@Injectable()
@ConsentPolicy()
export class ConfidentialPolicy implements ConsentDecider {
  decide({ client, scopes, claims, authorizationDetails }: ConsentQuestion): ConsentDecision {
    const reviewed = REVIEWED.has(client.metadata.client_name ?? '');
    if (!reviewed && scopes.some((scope) => CONFIDENTIAL.has(scope))) return 'refuse';
    const isMore = claims.length > 0 || authorizationDetails.length > 0;
    if (!isMore && scopes.every((scope) => HARMLESS.has(scope))) return 'skip';
    return undefined;
  }
}
