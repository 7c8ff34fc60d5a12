import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  type ConfigKind,
  type Configuration,
  Configured,
  PerConfiguration,
} from '../configuration/config-kind.js';
import { PlansKind } from '../throttling/plans.kind.js';
import { OWN_ISSUER } from '../tokens/issuer-definition.js';

export const consumerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

/** An OAuth client: one of our auth-server by its id alone, one of another issuer beside the name of that. */
export const oauthClient = z.union([
  z.string().min(1).max(2_000),
  z.strictObject({
    issuer: z.string().min(1).max(100).describe('Its issuer, by name; login:<name> for a login client'),
    client_id: z.string().min(1).max(2_000),
  }),
]);

/** What tells an OAuth client apart: ids are unique at their issuer alone (RFC 6749 §2.2). */
export function clientKey(issuer: string, clientId: string): string {
  return JSON.stringify([issuer, clientId]);
}

/** For whoever runs the gateway. */
export const metadata = z
  .record(z.string().min(1).max(100), z.string().max(1_000))
  .refine((members) => Object.keys(members).length <= 50, 'must have 50 members or fewer')
  .default({})
  .describe('Whatever you need to know of it; the gateway does not look at it');

/** Who calls APIs, as the gateway knows them: a team, a partner, an application. */
export const consumerDefinition = z.strictObject({
  name: consumerName,
  description: z.string().max(1_000).default(''),
  plan: consumerName.optional().describe('The plan that the consumer is on, by name'),
  groups: z.array(consumerName).max(50).default([]).describe('Groups that the guard consumer can name'),
  client_ids: z
    .array(oauthClient)
    .max(100)
    .default([])
    .describe('OAuth clients that are this consumer: calls with their access tokens are its calls'),
  enabled: z.boolean().default(true).describe('false: its calls are refused'),
  metadata,
});

export type ConsumerDefinition = z.output<typeof consumerDefinition>;

/** The OAuth clients that a consumer is, each by its `clientKey`. */
export function clientKeys({ client_ids: clients }: Pick<ConsumerDefinition, 'client_ids'>): string[] {
  return clients.map((one) =>
    typeof one === 'string' ? clientKey(OWN_ISSUER, one) : clientKey(one.issuer, one.client_id),
  );
}

@Injectable()
@Configured('consumers')
export class ConsumersKind implements ConfigKind<ConsumerDefinition> {
  readonly singular = 'consumer';
  readonly schema = consumerDefinition as z.ZodType<ConsumerDefinition>;

  /** The consumers that claim a client. */
  private readonly claims = new PerConfiguration((configuration) => {
    const claims = new Map<string, number>();
    for (const { definition } of configuration.of(this).values()) {
      for (const key of new Set(clientKeys(definition))) claims.set(key, (claims.get(key) ?? 0) + 1);
    }
    return claims;
  });

  constructor(private readonly plans: PlansKind) {}

  faults(definition: ConsumerDefinition, configuration: Configuration): FieldFault[] {
    const claims = this.claims.of(configuration);
    const shared = clientKeys(definition).flatMap((key, index) =>
      claims.get(key)! > 1 ? [{ pointer: `/client_ids/${index}`, detail: 'is another consumer, too' }] : [],
    );
    return [...shared, ...this.planFaults(definition.plan, configuration)];
  }

  /** What is wrong with the plan that a consumer or a credential names. */
  planFaults(plan: string | undefined, configuration: Configuration): FieldFault[] {
    if (plan === undefined || configuration.of(this.plans).has(plan)) return [];
    return [{ pointer: '/plan', detail: 'must name a plan that exists' }];
  }

  /** Its calls stay refused, by whichever of its clients they come. */
  standIn(name: string, faulty: unknown): ConsumerDefinition | undefined {
    const { client_ids: written } = (faulty ?? {}) as { client_ids?: unknown };
    const ids = Array.isArray(written) ? written.filter((one) => oauthClient.safeParse(one).success) : [];
    const definition = consumerDefinition.safeParse({ name, client_ids: ids.slice(0, 100), enabled: false });
    return definition.data;
  }
}
