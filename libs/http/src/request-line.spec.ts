import { pino } from 'pino';
import { isoTime, requestLine } from './request-line.js';
import { requestLogger } from './request-logger.js';

describe('the line of a request', () => {
  const lines: string[] = [];
  const logger = pino(
    {
      base: { app: 'test' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => void lines.push(line) },
  );
  const entry = { reqId: 'id', method: 'GET', status: 200, ms: 1.26, ip: '::1' };
  beforeEach(() => {
    lines.length = 0;
    logger.level = 'info';
  });

  it('is what the logger itself would write, without the query', () => {
    requestLine(logger)({ ...entry, url: '/a"b\\?code=secret' });
    logger.info({ reqId: 'id', method: 'GET', path: '/a"b\\', status: 200, ms: 1.3, ip: '::1' }, 'request');
    const [line, expected] = lines.map((one) => one.replace(/"time":"[^"]+"/, ''));
    expect(line).toBe(expected);
    expect(Date.now() - Date.parse((JSON.parse(lines[0]!) as { time: string }).time)).toBeLessThan(5_000);
  });

  it('cannot be broken by what a caller sends', () => {
    requestLine(logger)({ ...entry, url: '/\n"}{"level":"fatal"', ip: '"\n' });
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', path: '/\n"}{"level":"fatal"', ip: '"\n' });
  });

  it('is left out where the level says so', () => {
    logger.level = 'warn';
    requestLine(logger)({ ...entry, url: '/' });
    expect(lines).toEqual([]);
  });

  it('tells the time as JavaScript does', () => {
    for (const now of [0, 7, 70, 700, 1_764_000_000_000, 1_764_000_000_999, 1_764_000_001_000, 5]) {
      expect(isoTime(now)).toBe(new Date(now).toISOString());
    }
  });

  it("does not stand alone: a request's logger puts its id into other lines, too", () => {
    const log = requestLogger(logger, { reqId: 'id' }, {});
    log.warn({ a: 1 }, 'text');
    log.child({ b: 2 }).info('more');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', app: 'test', reqId: 'id', a: 1, msg: 'text' },
      { level: 'info', app: 'test', reqId: 'id', b: 2, msg: 'more' },
    ]);
  });
});
