import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Resource } from './resource.entity.js';
import { ResourceScope } from './resource-scope.entity.js';
import { ResourcesService } from './resources.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Resource, ResourceScope])],
  providers: [ResourcesService],
  exports: [ResourcesService],
})
export class ResourcesModule {}
