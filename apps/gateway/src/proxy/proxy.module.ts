import { Module } from '@nestjs/common';
import { ForwardService } from './forward.service.js';
import { ProxyController } from './proxy.controller.js';

@Module({ controllers: [ProxyController], providers: [ForwardService] })
export class ProxyModule {}
