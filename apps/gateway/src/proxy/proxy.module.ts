import { Global, Module } from '@nestjs/common';
import { ProxyController } from './proxy.controller.js';
import { Proxy } from './proxy.service.js';

@Global()
@Module({ controllers: [ProxyController], providers: [Proxy], exports: [Proxy] })
export class ProxyModule {}
