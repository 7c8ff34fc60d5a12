import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ResourceScope } from './resource-scope.entity.js';
import { ResourcesService } from './resources.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([ResourceScope])],
  providers: [ResourcesService],
  exports: [ResourcesService],
})
export class ResourcesModule {}
