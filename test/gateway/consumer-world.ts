import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import type { LoneGateway } from './lone-gateway.js';

/** Consumers and their credentials in a gateway. */
export class ConsumerWorld {
  private readonly objects: ConfigObjects;

  constructor(gateway: LoneGateway) {
    this.objects = gateway.app.get(ConfigObjects, { strict: false });
  }

  /** Writes a consumer, which is live then. */
  async consumer(name: string, rest: object = {}): Promise<void> {
    await this.objects.create('consumers', { name, ...rest });
  }

  /** Writes a credential; resolves with its secret, where it has one. */
  async credential(name: string, rest: object): Promise<string> {
    const { shownOnce } = await this.objects.create('credentials', { name, ...rest });
    return (shownOnce as { secret: string } | undefined)?.secret ?? '';
  }

  /** Writes it anew; resolves with what this answer alone tells. */
  async again(name: string, rest: object): Promise<object | undefined> {
    return (await this.objects.replace('credentials', name, { name, ...rest })).shownOnce;
  }
}
