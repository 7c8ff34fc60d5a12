import { Injectable, Module } from '@nestjs/common';
import { type AiCallObserver, type AiCallRecord, ObservesAiCalls } from '../../apps/gateway/src/extension.js';

/** The records of AI calls, as an observer in a gateway with `RemembersModule` is told of them. */
export const records: AiCallRecord[] = [];

@Injectable()
@ObservesAiCalls('test')
class Remembers implements AiCallObserver {
  finished(record: AiCallRecord): void {
    records.push(record);
  }
}

@Module({ providers: [Remembers] })
export class RemembersModule {}
