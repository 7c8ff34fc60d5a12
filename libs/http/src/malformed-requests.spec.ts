import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { answerMalformed } from './malformed-requests.js';

async function accepted(): Promise<{ side: Socket; client: Socket; close: () => void }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined).pause();
  const [side] = await connected;
  return { side, client, close: () => void (client.destroy(), server.close()) };
}

describe('what Node cannot read', () => {
  it.each(['ERR_TLS_HANDSHAKE_TIMEOUT', 'ERR_SSL_NO_SHARED_CIPHER', 'ECONNRESET'])(
    'a connection that failed with %s is closed at once: nothing can be said on it',
    async (code) => {
      const { side, close } = await accepted();
      answerMalformed(Object.assign(new Error(), { code }), side);
      expect([side.destroyed, side.bytesWritten]).toEqual([true, 0]);
      close();
    },
  );

  it('a client that does not read what was wrong keeps no connection', async () => {
    const { side, close } = await accepted();
    side.write(Buffer.alloc(16_777_216));
    answerMalformed(new Error(), side);
    await once(side, 'close');
    close();
  });
});
