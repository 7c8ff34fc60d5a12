import { Injectable } from '@nestjs/common';

/** Who carries which badge. Yours would ask the system that knows. */
@Injectable()
export class Badges {
  private readonly carriers = new Map([['4711', 'employee-17']]);

  /** @returns the person's id, or undefined when the badge is unknown or was handed in */
  async carrierOf(badge: string): Promise<string | undefined> {
    return this.carriers.get(badge);
  }
}
