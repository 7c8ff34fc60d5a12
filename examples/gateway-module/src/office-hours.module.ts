import { Module } from '@nestjs/common';
import { Clock, OfficeHoursGuard } from './office-hours.guard.js';

@Module({ providers: [Clock, OfficeHoursGuard] })
export class OfficeHoursModule {}
