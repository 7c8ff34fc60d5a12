// Preloaded into an app (node --import): counts the calls by which a package does its work, and writes the counts
// to WITNESS_DIRECTORY/<app>.json when the app ends. The calls themselves go through unchanged.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { ThrottlerGuard } from '@nestjs/throttler';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Redis } from 'ioredis';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import pg from 'pg';
import { DataSource } from 'typeorm';

const counts = {};

/** @param countsIf whether a call counts; by default each does */
function count(name, target, method, countsIf = () => true) {
  const original = target[method];
  counts[name] ??= 0;
  target[method] = function (...parameters) {
    if (countsIf()) counts[name] += 1;
    return original.apply(this, parameters);
  };
}

count('@nestjs/core: applications created', Object.getPrototypeOf(NestFactory), 'create');
count('@nestjs/throttler: requests guarded', ThrottlerGuard.prototype, 'shouldSkip');
count('@nestjs/typeorm: data sources given to Nest', TypeOrmModule, 'forRoot');
count('@nestjs/typeorm: data sources given to Nest', TypeOrmModule, 'forRootAsync');
count('@nestjs/typeorm: repositories given to Nest', TypeOrmModule, 'forFeature');
count('ioredis: commands sent', Redis.prototype, 'sendCommand');
// AuthGuard of @nestjs/passport hands a request to passport by this call.
count('@nestjs/passport: requests handed to a strategy', passport, 'authenticate', () =>
  /node_modules\/@nestjs\/passport\//.test(new Error().stack ?? ''),
);
count('passport-oauth2: logins begun and ended', OAuth2Strategy.prototype, 'authenticate');
count('pg: queries sent', pg.Client.prototype, 'query');
count('typeorm: query runners made', DataSource.prototype, 'createQueryRunner');

// dist/apps/<app>/src/main.js
const app = basename(dirname(dirname(process.argv[1] ?? '')));
process.on('exit', () => {
  const directory = process.env.WITNESS_DIRECTORY ?? '.';
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${app}.json`), JSON.stringify(counts));
});
