import { Injectable } from '@nestjs/common';

/** Which client runs under which of the scheduler's tokens. Yours would ask the scheduler. */
@Injectable()
export class Workloads {
  private readonly running = new Map<string, string>();

  /** What the scheduler tells when it starts a service. */
  started(token: string, clientId: string): void {
    this.running.set(token, clientId);
  }

  /** @returns undefined when no service runs under the token, or not any more */
  async clientOf(token: string): Promise<string | undefined> {
    return this.running.get(token);
  }
}
