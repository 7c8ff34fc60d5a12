import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { trackIdleConnections } from './idle-connections.js';

describe('stopping a server', () => {
  let server: Server;
  let endIdle: () => void;
  let answers: ServerResponse[];

  beforeEach(async () => {
    answers = [];
    server = createServer((_request, response) => void answers.push(response));
    endIdle = trackIdleConnections(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  const open = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
    await once(socket, 'connect');
    await new Promise((resolve) => setTimeout(resolve, 50));
    return socket;
  };

  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    endIdle();
    await closed;
  };

  it('ends connections on which nothing was ever sent', async () => {
    await open();
    await stop();
  });

  it('ends connections on which half a request was sent', async () => {
    (await open()).write('GET / HTTP/1.1\r\nHost: ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop();
  });

  it('lets a running request finish, then ends its connection although it is kept alive', async () => {
    const socket = await open();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(server, 'request');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const stopped = stop();
    answers[0]!.end('whole answer');
    await stopped;
    expect(text).toContain('whole answer');
  });

  it('keeps connections between requests until then', async () => {
    const socket = await open();
    for (let i = 0; i < 2; i++) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(server, 'request');
      answers[i]!.end('ok');
      await once(socket, 'data');
    }
    expect(socket.destroyed).toBe(false);
    await stop();
  });
});
