import { Problem } from '@gatehouse/http';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Call, Policy, type PolicyHooks, type PolicyType } from '../../../apps/gateway/src/extension.js';

const settings = z.strictObject({
  prices: z.record(z.string(), z.number().min(0)).describe('Euros by method'),
  most: z.number().min(0).optional().describe('Dearer calls are refused'),
});

type Prices = z.output<typeof settings>;

/** `{"type": "price_tag", "prices": {"POST": 0.02}}`: tells callers and the upstream what a call costs. */
@Injectable()
@Policy('price_tag')
export class PriceTagPolicy implements PolicyType<Prices> {
  readonly settings: z.ZodType<Prices> = settings;

  create({ prices, most = Infinity }: Prices): PolicyHooks {
    const priceOf = ({ method }: Call) => prices[method] ?? 0;
    return {
      onArrival(call) {
        if (priceOf(call) > most) throw new Problem(402, `A call may cost no more than ${most} euros here.`);
      },
      onRequest: (call, request) => request.headers.set('x-price', String(priceOf(call))),
      onResponse: (call, head) => head.headers.set('x-price', String(priceOf(call))),
    };
  }
}

@Module({ providers: [PriceTagPolicy] })
export class PriceTagModule {}
