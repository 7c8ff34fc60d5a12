import { Module } from '@nestjs/common';
import { ProxyModule } from '../proxy/proxy.module.js';
import { Listeners } from './listeners.service.js';

/** The gateway's further ports: TLS with SNI, plaintext HTTP/2; and the PROXY protocol on all of them. */
@Module({ imports: [ProxyModule], providers: [Listeners] })
export class ListenersModule {}
