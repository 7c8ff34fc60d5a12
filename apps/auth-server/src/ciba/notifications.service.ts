import { GuardedFetch } from '@gatehouse/guarded-fetch';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ClientsService } from '../clients/clients.service.js';
import { BackchannelRequests, type WaitingRequest } from './backchannel-requests.service.js';
import { type AuthenticationCall, CibaNotifier, type PersonNotifier } from './ciba-notifier.js';

/** Tells people that they are asked, and clients that there is an answer. Nobody waits for either. */
@Injectable()
export class Notifications implements OnModuleInit {
  private readonly logger = new Logger(Notifications.name);
  private notifiers: readonly PersonNotifier[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly requests: BackchannelRequests,
    private readonly clients: ClientsService,
    @Inject(GuardedFetch) private readonly guardedFetch: GuardedFetch,
  ) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: CibaNotifier.KEY });
    this.notifiers = marked.map((wrapper) => wrapper.instance as PersonNotifier);
  }

  callPerson(call: AuthenticationCall): void {
    for (const notifier of this.notifiers) this.inBackground('A person', async () => notifier.notify(call));
  }

  /** OpenID CIBA Core §10.2: the client may come for its tokens. One try: it polls if it hears nothing. */
  ping(waiting: WaitingRequest): void {
    this.inBackground(`The client ${waiting.request.clientId}`, () => this.send(waiting));
  }

  private async send({ request }: WaitingRequest): Promise<void> {
    const notification = this.requests.notificationOf(request);
    const client = await this.clients.find(request.clientId);
    const endpoint = client?.metadata.backchannel_client_notification_endpoint;
    if (!notification || endpoint === undefined) return;
    await this.guardedFetch.fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${notification.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ auth_req_id: notification.authReqId }),
      statuses: [200, 204],
    });
  }

  private inBackground(whom: string, work: () => Promise<void>): void {
    work().catch((error: Error) => this.logger.warn(`${whom} could not be notified: ${error.message}`));
  }
}
