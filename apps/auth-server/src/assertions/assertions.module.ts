import { Global, Module } from '@nestjs/common';
import { Assertions } from './assertions.service.js';
import { KeyFinder } from './key-finder.service.js';

/** JWTs that others sign to prove something to this server (RFC 7521, RFC 7523). */
@Global()
@Module({ providers: [Assertions, KeyFinder], exports: [Assertions, KeyFinder] })
export class AssertionsModule {}
