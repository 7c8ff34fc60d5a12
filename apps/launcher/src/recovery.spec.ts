import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { checkPorts } from './recovery.js';
import type { Program } from './programs.js';

function program(host: string, port: number): Program {
  const names = { hostSetting: 'GATEHOUSE_GATEWAY_HOST', portSetting: 'GATEHOUSE_GATEWAY_PORT' };
  return { name: 'gateway', entry: '', host, port, health: '', ...names };
}

describe('checkPorts', () => {
  it('names the busy port and the setting that moves it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(checkPorts([program('127.0.0.1', port)])).rejects.toThrow(
      new RegExp(
        `^gateway can't listen on 127\\.0\\.0\\.1:${port}: the port is in use.*GATEHOUSE_GATEWAY_PORT`,
      ),
    );
    server.close();
    await once(server, 'close');
    await expect(checkPorts([program('127.0.0.1', port)])).resolves.toBeUndefined();
  });

  it('names the setting that gives two programs one port', async () => {
    const other = { ...program('127.0.0.1', 49_151), name: 'auth-server' };
    await expect(checkPorts([other, program('127.0.0.1', 49_151)])).rejects.toThrow(
      "auth-server and gateway can't both have port 49151: set GATEHOUSE_GATEWAY_PORT to another one.",
    );
  });

  it('names the setting of an address that this machine does not have', async () => {
    await expect(checkPorts([program('192.0.2.1', 0)])).rejects.toThrow('GATEHOUSE_GATEWAY_HOST');
  });
});
