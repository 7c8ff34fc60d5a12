import { Module } from '@nestjs/common';
import { ProtectedResourceController } from './protected-resource.controller.js';

/** RFC 9728 for this server's own APIs. */
@Module({ controllers: [ProtectedResourceController] })
export class ProtectedResourceModule {}
