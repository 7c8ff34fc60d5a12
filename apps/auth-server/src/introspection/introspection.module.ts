import { Module } from '@nestjs/common';
import { IntrospectionController } from './introspection.controller.js';
import { IntrospectionService } from './introspection.service.js';

@Module({ controllers: [IntrospectionController], providers: [IntrospectionService] })
export class IntrospectionModule {}
