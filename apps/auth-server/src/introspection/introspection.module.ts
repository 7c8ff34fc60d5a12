import { Module } from '@nestjs/common';
import { IntrospectionController } from './introspection.controller.js';
import { IntrospectionJwt } from './introspection-jwt.service.js';
import { IntrospectionService } from './introspection.service.js';

@Module({ controllers: [IntrospectionController], providers: [IntrospectionJwt, IntrospectionService] })
export class IntrospectionModule {}
