import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSecret, openDataDir } from './data-dir.js';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gatehouse-data-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('openDataDir', () => {
  it('makes a folder that others can not read', () => {
    const path = openDataDir(join(folder, 'a', 'data'));
    expect(statSync(path).mode & 0o067).toBe(0);
    expect(openDataDir(path)).toBe(path);
  });

  it('names the setting when it can not be written', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openDataDir(join(folder, 'file'))).toThrow('set GATEHOUSE_DATA_DIR');
    expect(() => openDataDir(join(folder, 'file', 'data'))).toThrow('set GATEHOUSE_DATA_DIR');
  });
});

describe('keptSecret', () => {
  it('is generated once, and private', () => {
    const file = join(folder, 'secret');
    const secret = keptSecret(file);
    expect(secret.length).toBeGreaterThanOrEqual(43);
    expect(keptSecret(file)).toBe(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
