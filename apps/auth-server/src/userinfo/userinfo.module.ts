import { Module } from '@nestjs/common';
import { UserinfoController } from './userinfo.controller.js';

@Module({ controllers: [UserinfoController] })
export class UserinfoModule {}
