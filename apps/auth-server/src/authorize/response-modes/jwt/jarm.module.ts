import { Module } from '@nestjs/common';
import { FormPostJwtMode } from './form-post-jwt.mode.js';
import { FragmentJwtMode } from './fragment-jwt.mode.js';
import { Jarm } from './jarm.service.js';
import { QueryJwtMode } from './query-jwt.mode.js';

/** Authorization responses as signed JWTs. */
@Module({ providers: [Jarm, QueryJwtMode, FragmentJwtMode, FormPostJwtMode] })
export class JarmModule {}
