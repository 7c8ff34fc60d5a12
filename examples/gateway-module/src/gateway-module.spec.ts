import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createGateway } from '../../../apps/gateway/src/testing.js';
import { freePort } from '../../../apps/launcher/src/ports.js';
import { startUpstream } from '../../../test/gateway/gateway.js';
import { TEST_SECRET } from '../../../test/support/app.js';
import { type RunningGatehouse, startGatehouse } from '../../../test/support/gatehouse.js';
import { type Demo, parseDemo } from '../../demo-flow/src/demo-file.js';
import { type Answer, basicAuth, callApi } from '../../demo-flow/src/http-call.js';
import { MeetingRoomsModule } from './meeting-rooms.module.js';
import { Clock } from './office-hours.guard.js';
import { OfficeHoursModule } from './office-hours.module.js';

type Client = { client_id: string; client_secret: string };

describe('in-house modules on the gateway', () => {
  let servers: RunningGatehouse;
  let gateway: NestFastifyApplication;
  let demo: Demo;
  let url: string;

  beforeAll(async () => {
    servers = await startGatehouse();
    demo = parseDemo(servers.demo());
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    // A gateway like the one that runs already, with two modules more.
    const environment = {
      DATABASE_URL: servers.databaseUrl,
      GATEHOUSE_SECRET: TEST_SECRET,
      GATEHOUSE_ISSUER: servers.issuer,
      GATEHOUSE_GATEWAY_URL: servers.gateway,
    };
    gateway = await createGateway(environment, [OfficeHoursModule, MeetingRoomsModule]);
    await gateway.listen({ port, host: '127.0.0.1' });
  });

  afterAll(async () => {
    await gateway?.close();
    await servers?.stop();
  });

  async function token(scope: string, client: Client = demo.client): Promise<string> {
    const { json } = await callApi(`${demo.issuer}/oauth2/token`, {
      headers: { authorization: basicAuth(client.client_id, client.client_secret) },
      form: { grant_type: 'client_credentials', scope },
    });
    return String(json.access_token);
  }

  describe('a guard type', () => {
    async function addRoute(name: string, guard: object, upstream = servers.demoApi): Promise<Answer> {
      return callApi(`${url}/admin/v1/routes`, {
        token: await token('admin', demo.admin),
        json: {
          name,
          match: { paths: [`/${name}`] },
          upstream: { url: upstream },
          strip_prefix: true,
          guards: [guard],
        },
      });
    }

    it('decides who may call a route that names it', async () => {
      const clock = gateway.get(Clock, { strict: false });
      expect((await addRoute('office', { type: 'office_hours', from: 8, to: 18 })).status).toBe(201);
      jest.spyOn(clock, 'now').mockReturnValue(new Date('2026-11-25T12:00:00Z'));
      expect((await callApi(`${url}/office/hello`)).status).toBe(200);
      jest.spyOn(clock, 'now').mockReturnValue(new Date('2026-11-25T18:00:00Z'));
      const closed = await callApi(`${url}/office/hello`);
      expect([closed.status, closed.json.detail]).toEqual([403, 'This API is open from 8 to 18 h UTC.']);
    });

    it('leaves Authorization to the upstream, as it takes nothing itself', async () => {
      const upstream = await startUpstream();
      await addRoute('passing', { type: 'office_hours', from: 0, to: 24 }, upstream.url);
      await callApi(`${url}/passing/hello`, { token: 'for-the-upstream' });
      expect(upstream.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer for-the-upstream']);
      await upstream.stop();
    });

    it('has its settings checked when a route is written', async () => {
      const { status, json } = await addRoute('wrong', { type: 'office_hours', from: 8, to: 25 });
      expect(status).toBe(422);
      expect(json.errors).toEqual([expect.objectContaining({ pointer: '/guards/0/to' })]);
    });
  });

  describe('a controller', () => {
    it('is served by the gateway to callers with a token for it', async () => {
      const rooms = await callApi(`${url}/demo-rooms`, { token: await token('demo:read') });
      expect([rooms.status, rooms.json]).toEqual([
        200,
        [
          { room: 'garden', free: true },
          { room: 'attic', free: true },
        ],
      ]);
    });

    it('answers 401 without a token and 403 without the scope (RFC 6750 §3.1)', async () => {
      const none = await callApi(`${url}/demo-rooms`);
      expect([none.status, none.headers['www-authenticate']]).toEqual([
        401,
        expect.stringMatching(/^Bearer /),
      ]);
      const booking = `${url}/demo-rooms/garden/booking`;
      const lacking = await callApi(booking, { method: 'PUT', token: await token('demo:read') });
      expect([lacking.status, lacking.headers['www-authenticate']]).toEqual([
        403,
        expect.stringContaining('insufficient_scope'),
      ]);
    });

    it('knows who calls', async () => {
      const booking = `${url}/demo-rooms/garden/booking`;
      const write = await token('demo:read demo:write');
      const booked = await callApi(booking, { method: 'PUT', token: write });
      expect([booked.status, booked.json]).toEqual([200, { room: 'garden', booked_by: 'demo-app' }]);
      expect((await callApi(booking, { method: 'DELETE', token: write })).status).toBe(204);
    });

    it('may have methods for everybody', async () => {
      expect((await callApi(`${url}/demo-rooms/opening-hours`)).status).toBe(200);
    });
  });
});
