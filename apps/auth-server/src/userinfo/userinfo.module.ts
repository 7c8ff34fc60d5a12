import { Module } from '@nestjs/common';
import { UserinfoController } from './userinfo.controller.js';
import { UserinfoService } from './userinfo.service.js';

@Module({ controllers: [UserinfoController], providers: [UserinfoService] })
export class UserinfoModule {}
