import { createHash, randomBytes } from 'node:crypto';
import { type ConfigKind, Configured, type Configuration } from '../../apps/gateway/src/extension.js';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9-]{1,63}$/);

const safeBox = z.strictObject({ name, hash: z.string().optional(), note: z.string().optional() });
type SafeBox = z.output<typeof safeBox>;

/** A kind that keeps a secret: generated, shown once, stored as a hash. */
@Injectable()
@Configured('safe-boxes')
export class SafeBoxes implements ConfigKind<SafeBox> {
  readonly singular = 'safe box';
  readonly schema = safeBox;

  accept(sent: SafeBox, before: SafeBox | undefined) {
    if (before?.hash !== undefined) return { kept: { ...sent, hash: before.hash } };
    const secret = randomBytes(16).toString('base64url');
    const hash = createHash('sha256').update(secret).digest('base64url');
    return { kept: { ...sent, hash }, shownOnce: { secret } };
  }

  shown({ hash: _, ...rest }: SafeBox): object {
    return rest;
  }
}

const drawer = z.strictObject({ name, box: z.string() });
type Drawer = z.output<typeof drawer>;

/** A kind whose objects name others. */
@Injectable()
@Configured('drawers')
export class Drawers implements ConfigKind<Drawer> {
  readonly singular = 'drawer';
  readonly schema = drawer;

  constructor(private readonly boxes: SafeBoxes) {}

  faults({ box }: Drawer, configuration: Configuration) {
    if (configuration.of(this.boxes).has(box)) return [];
    return [{ pointer: '/box', detail: 'must be the name of a safe box' }];
  }
}

@Module({ providers: [SafeBoxes, Drawers] })
export class TestKindsModule {}
