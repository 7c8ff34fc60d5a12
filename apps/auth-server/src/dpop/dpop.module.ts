import { Module } from '@nestjs/common';
import { Dpop } from './dpop.service.js';

@Module({ providers: [Dpop] })
export class DpopModule {}
