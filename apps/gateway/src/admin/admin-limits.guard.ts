import { StoreUnavailableError } from '@gatehouse/store';
import { LimitsGuard } from '@gatehouse/throttling';
import { type ExecutionContext, Injectable } from '@nestjs/common';

/** The limit of the gateway's own endpoints, by address; not while Redis is away, as that may be why somebody comes. */
@Injectable()
export class AdminLimits extends LimitsGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return await super.canActivate(context);
    } catch (error) {
      if (error instanceof StoreUnavailableError) return true;
      throw error;
    }
  }
}
