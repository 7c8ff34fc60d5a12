import { Module } from '@nestjs/common';
import { StaffClaims } from './staff-claims.provider.js';
import { StaffDirectory } from './staff-directory.service.js';

@Module({ providers: [StaffClaims, StaffDirectory] })
export class StaffModule {}
