import { Module } from '@nestjs/common';
import { BadgeGrant } from './badge.grant.js';
import { Badges } from './badges.service.js';

@Module({ providers: [BadgeGrant, Badges] })
export class BadgeModule {}
