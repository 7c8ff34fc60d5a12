import { Injectable } from '@nestjs/common';
import { SessionEnd, type SessionEndListener } from '../sessions/session-end.js';
import type { LoginSession } from '../sessions/sessions.service.js';
import { LogoutDeliveries } from './logout-deliveries.service.js';
import { SessionApplications } from './session-applications.service.js';

/** OpenID Connect Back-Channel Logout: tells each application of a session that it ended, server to server. */
@Injectable()
@SessionEnd()
export class BackchannelLogout implements SessionEndListener {
  constructor(
    private readonly applications: SessionApplications,
    private readonly deliveries: LogoutDeliveries,
  ) {}

  async sessionEnding({ userId, sid }: LoginSession, clientIds: readonly string[]): Promise<void> {
    const clients = await this.applications.find(clientIds);
    const listening = clients.filter(({ metadata }) => metadata.backchannel_logout_uri !== undefined);
    await this.deliveries.queue(
      listening.map(({ clientId }) => clientId),
      userId,
      sid,
    );
  }
}
