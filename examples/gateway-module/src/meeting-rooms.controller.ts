import { Problem } from '@gatehouse/http';
import { Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import {
  type Caller,
  CurrentCaller,
  ProtectedApi,
  Public,
  RequireScopes,
} from '../../../apps/gateway/src/extension.js';

/** `/demo-rooms`: who has which meeting room. Tokens need the audience `${gateway}/demo`. */
@Controller('demo-rooms')
@ProtectedApi('/demo')
@RequireScopes('demo:read')
export class MeetingRoomsController {
  private readonly takenBy = new Map<string, string>(['garden', 'attic'].map((room) => [room, '']));

  @Get()
  list() {
    return [...this.takenBy].map(([room, subject]) => ({ room, free: subject === '' }));
  }

  @Public()
  @Get('opening-hours')
  openingHours() {
    return { from: '08:00', to: '18:00' };
  }

  @RequireScopes('demo:write')
  @Put(':room/booking')
  book(@Param('room') room: string, @CurrentCaller() caller: Caller) {
    const holder = this.holderOf(room);
    if (holder !== '' && holder !== caller.subject) throw new Problem(409, 'Somebody else has this room.');
    this.takenBy.set(room, caller.subject!);
    return { room, booked_by: caller.subject };
  }

  @RequireScopes('demo:write')
  @Delete(':room/booking')
  @HttpCode(204)
  cancel(@Param('room') room: string, @CurrentCaller() caller: Caller): void {
    if (this.holderOf(room) !== caller.subject) throw new Problem(409, 'You do not have this room.');
    this.takenBy.set(room, '');
  }

  private holderOf(room: string): string {
    const holder = this.takenBy.get(room);
    if (holder === undefined) throw new Problem(404, 'There is no such room.');
    return holder;
  }
}
