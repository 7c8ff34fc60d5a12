import dgram from 'node:dgram';
import type { AddressInfo } from 'node:net';

type Question = `${string} ${'A' | 'AAAA' | 'SRV'}`;

/** One SRV record (RFC 2782). */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** A small name server (RFC 1035) on a UDP port: addresses and SRV records that can be changed while it runs. */
export interface TestDnsServer {
  /** `address:port`, for GATEHOUSE_GATEWAY_DNS_SERVERS. */
  readonly address: string;
  /** By `name A`, `name AAAA` or `name SRV`; a name that is not here does not exist. */
  readonly records: Map<Question, readonly string[] | readonly SrvRecord[]>;
  /** Seconds. */
  ttl: number;
  /** Answers SERVFAIL to everything, or to questions of one type. */
  failing: boolean | 'A' | 'AAAA' | 'SRV';
  /** Questions so far, oldest first. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const TYPES = { 1: 'A', 28: 'AAAA', 33: 'SRV' } as const;
const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;

export async function startDnsServer(): Promise<TestDnsServer> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const server: TestDnsServer = {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    records: new Map(),
    ttl: 1,
    failing: false,
    asked: [],
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (query, { port, address }) => socket.send(answerTo(query, server), port, address));
  return server;
}

function answerTo(query: Buffer, server: TestDnsServer): Buffer {
  const { name, end } = readName(query, 12);
  const number = query.readUInt16BE(end) as keyof typeof TYPES;
  const question = `${name.toLowerCase()} ${TYPES[number]}` as Question;
  server.asked.push(question);
  const failing = server.failing === true || server.failing === TYPES[number];
  const records = failing ? [] : (server.records.get(question) ?? []);
  const known = [...server.records.keys()].some((one) => one.startsWith(`${name.toLowerCase()} `));
  const code = failing ? SERVER_FAILURE : known ? NO_ERROR : NO_SUCH_NAME;
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8580 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([
    head,
    query.subarray(12, end + 4),
    ...records.map((record) => resource(number, dataOf(record, number), server.ttl)),
  ]);
}

function readName(query: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function resource(type: number, data: Buffer, ttl: number): Buffer {
  const head = Buffer.alloc(12);
  // The name of the question, by a pointer to it (RFC 1035 §4.1.4).
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataOf(record: string | SrvRecord, type: number): Buffer {
  if (typeof record === 'string') {
    if (type === 1) return Buffer.from(record.split('.').map(Number));
    return Buffer.concat(record.split(':').map((part) => Buffer.from(part.padStart(4, '0'), 'hex')));
  }
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(record.priority, 0);
  numbers.writeUInt16BE(record.weight, 2);
  numbers.writeUInt16BE(record.port, 4);
  const labels = record.target
    .split('.')
    .map((one) => Buffer.concat([Buffer.from([one.length]), Buffer.from(one)]));
  return Buffer.concat([numbers, ...labels, Buffer.from([0])]);
}
