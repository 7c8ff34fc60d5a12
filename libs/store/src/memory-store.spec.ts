import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStore } from './memory-store.js';

describe('the in-process store and its file', () => {
  it('goes on when the file cannot be written, and tells of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'store-'));
    const file = join(folder, 'gone', 'store.json');
    const faults: Error[] = [];
    const store = new MemoryStore({ file, snapshotMs: 10, onError: (error) => faults.push(error) });
    await store.set('a', '1', 60);
    await sleep(50);
    await store.close();
    expect(faults.length).toBeGreaterThan(1);
    expect(faults[0]!.message).toContain('ENOENT');
    expect(await store.get('a')).toBe('1');
    rmSync(folder, { recursive: true });
  });
});
