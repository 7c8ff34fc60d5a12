import { generateKeyPairSync } from 'node:crypto';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { ensureBuilt } from '../../apps/launcher/build.mjs';
import { freePort } from '../../apps/launcher/src/ports.js';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { UsersService } from '../../apps/auth-server/src/users/users.service.js';
import { SessionsService } from '../../apps/auth-server/src/sessions/sessions.service.js';
import { json, startProvider } from '../ai/provider-server.js';
import { AuthServer, GATEWAY } from '../auth-server/auth-server.js';
import { formTo, FROM_ITS_PAGE, newUser } from '../auth-server/people.js';
import { callAdmin } from '../gateway/administered-gateway.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { TEST_SECRET } from '../support/app.js';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const COMMAND = join(process.cwd(), 'apps/cli/gatehouse.mjs');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('the command gatehouse', () => {
  let auth: AuthServer;
  let issuer: string;
  let gateway: LoneGateway;
  let token: string;
  let folder: string;

  beforeAll(async () => {
    await ensureBuilt(process.cwd());
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
    const port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    auth = await AuthServer.start(
      { GATEHOUSE_ISSUER: issuer, GATEHOUSE_SECRET: TEST_SECRET },
      undefined,
      port,
    );
    gateway = await startLoneGateway({
      GATEHOUSE_ISSUER: issuer,
      GATEHOUSE_GATEWAY_URL: GATEWAY,
      GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true',
    });
    token = await auth.tokenWith('admin');
  }, 400_000);
  afterAll(async () => {
    await gateway?.stop();
    await auth?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the real command in a process of its own. @param onOutput sees what it has written so far */
  function gatehouse(
    args: string[],
    environment: Record<string, string> = { GATEHOUSE_TOKEN: token },
    onOutput: (out: string) => void = () => undefined,
  ): Promise<Ended> {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        XDG_CONFIG_HOME: join(folder, 'config'),
        GATEHOUSE_GATEWAY_URL: gateway.url,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => onOutput((out += chunk.toString())));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  }

  const admin = (path: string) => callAdmin(gateway.url, token, 'GET', path);
  const file = (document: unknown) => {
    const path = join(folder, 'gatehouse.yaml');
    writeFileSync(path, stringify(document));
    return path;
  };
  const route = (name: string) => ({
    name,
    match: { paths: [`/${name}`], methods: ['GET'] },
    upstream: { url: 'http://127.0.0.1:9' },
    guards: [],
  });

  it('tells what a file would change (exit code 1), changes it, and finds no difference any more (0)', async () => {
    const path = file({ routes: [route('orders')] });
    expect(await gatehouse(['diff', path])).toEqual({ code: 1, out: '+ routes/orders\n', err: '' });
    const dry = await gatehouse(['apply', path, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, out: '+ routes/orders\n1 change, none made (--dry-run)\n' });
    expect((await admin('/routes/orders')).status).toBe(404);
    expect(await gatehouse(['apply', path])).toMatchObject({ code: 0, out: '+ routes/orders\n1 change\n' });
    expect((await admin('/routes/orders')).status).toBe(200);
    expect(await gatehouse(['diff', path])).toEqual({ code: 0, out: '', err: '' });
    const json = await gatehouse(['diff', file({ routes: [] }), '--json']);
    expect(JSON.parse(json.out)).toEqual({
      changes: [{ action: 'delete', kind: 'routes', name: 'orders' }],
    });
  });

  it('lists routes as a table or JSON, and exports what it can apply', async () => {
    await gatehouse(['apply', file({ routes: [route('orders'), route('bills')] })]);
    const { out } = await gatehouse(['routes']);
    expect(out.split('\n')[0]).toMatch(/^NAME +HOSTS +PATHS +METHODS +GUARDS +UPSTREAM$/);
    expect(out).toMatch(/^orders +\* +\/orders +GET +public +http:\/\/127\.0\.0\.1:9$/m);
    const { out: json } = await gatehouse(['routes', '--json']);
    expect((JSON.parse(json) as { name: string }[]).map(({ name }) => name)).toEqual(['bills', 'orders']);
    const exported = await gatehouse(['export']);
    expect(parse(exported.out)).toEqual((await admin('/configuration')).json);
    writeFileSync(join(folder, 'exported.yaml'), exported.out);
    expect((await gatehouse(['diff', join(folder, 'exported.yaml')])).code).toBe(0);
  });

  it('ai add: one command, and the curl that it prints calls the model; what is there stays', async () => {
    const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'tiny', choices: [] };
    const provider = await startProvider(json(answer));
    const add = ['ai', 'add', 'openai_compatible', '--model', 'tiny', '--base-url', `${provider.url}/v1`];
    const environment = { GATEHOUSE_TOKEN: token, OPENAI_COMPATIBLE_API_KEY: 'sk-of-the-provider' };
    const { code, out, err } = await gatehouse(add, environment);
    expect([code, err]).toEqual([0, '']);
    expect(out).not.toContain('sk-of-the-provider');
    const curl = out.slice(out.indexOf('curl ')).replace('curl ', 'curl -sS ');
    const { stdout } = await promisify(execFile)('sh', ['-c', curl], { timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual(answer);
    expect(provider.requests[0]!.headers.authorization).toBe('Bearer sk-of-the-provider');
    const again = await gatehouse(add, environment);
    expect(again.out).toContain('ai-providers/openai_compatible: is there already, and stays as it is');
    expect(again.out).toContain('Bearer YOUR_KEY');
    expect((await gatehouse(['ai', 'add', 'openai'])).err).toContain('which model?');
    await provider.stop();
  });

  it('ai add: settings of Bedrock and Vertex AI, with the credentials that their own tools have', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const account = {
      type: 'service_account',
      project_id: 'our-project',
      private_key_id: 'key-1',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: 'gateway@our-project.iam.gserviceaccount.com',
      token_uri: 'https://oauth2.googleapis.com/token',
    };
    const path = join(folder, 'account.json');
    writeFileSync(path, JSON.stringify(account, undefined, 2));
    const aws = {
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIbPxRfiCYKEY',
    };
    const bedrock = ['ai', 'add', 'bedrock', '--model', 'eu.anthropic.claude-opus-4-5-20251101-v1:0'];
    const wrong = await gatehouse(bedrock, { GATEHOUSE_TOKEN: token, ...aws });
    expect([wrong.code, wrong.err]).toEqual([4, expect.stringContaining('/settings/region')]);
    const added = await gatehouse([...bedrock, '--setting', 'region=eu-central-1'], {
      GATEHOUSE_TOKEN: token,
      ...aws,
    });
    expect([added.code, added.err]).toEqual([0, '']);
    const vertex = ['ai', 'add', 'vertex', '--model', 'gemini-2.5-flash'];
    const settings = ['--setting', 'project=our-project', '--setting', 'location=europe-west4'];
    const environment = { GATEHOUSE_TOKEN: token, GOOGLE_APPLICATION_CREDENTIALS: path };
    const second = await gatehouse([...vertex, ...settings], environment);
    expect([second.code, second.err]).toEqual([0, '']);
    expect((await admin('/ai-providers/bedrock')).json).toMatchObject({
      type: 'bedrock',
      settings: { region: 'eu-central-1' },
      keys: [{ name: 'main' }],
    });
    expect((await admin('/ai-providers/vertex')).json).toMatchObject({
      settings: { project: 'our-project', location: 'europe-west4' },
      keys: [{ name: 'main' }],
    });
    for (const { out } of [added, second]) {
      expect(out).not.toContain(aws.AWS_SECRET_ACCESS_KEY);
      expect(out).not.toContain('PRIVATE KEY');
    }
    const none = { GATEHOUSE_TOKEN: token, GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'none.json') };
    expect(await gatehouse(vertex, none)).toMatchObject({
      code: 2,
      err: expect.stringContaining('ENOENT') as string,
    });
    expect(
      await gatehouse([...bedrock, '--setting', 'region'], { GATEHOUSE_TOKEN: token, ...aws }),
    ).toMatchObject({
      code: 2,
      err: expect.stringContaining('NAME=VALUE') as string,
    });
  });

  it('ai add: a setting that is no text is JSON', async () => {
    const provider = await startProvider(json({}));
    const add = ['ai', 'add', 'vllm', '--model', 'tiny', '--base-url', `${provider.url}/v1`];
    await gatehouse([...add, '--setting', 'responses=true'], {
      GATEHOUSE_TOKEN: token,
      VLLM_API_KEY: 'sk-x-0123',
    });
    expect((await admin('/ai-providers/vllm')).json).toMatchObject({ settings: { responses: true } });
    await provider.stop();
  });

  it('resolve tells which route a request would take, and why, or that none does', async () => {
    const beta = {
      ...route('beta'),
      match: { paths: ['/orders'], headers: [{ name: 'x-beta', exact: '1' }] },
    };
    await gatehouse(['apply', file({ routes: [route('orders'), beta] })]);
    const plain = await gatehouse(['resolve', 'get', 'http://shop.example/orders/1']);
    expect(plain).toMatchObject({ code: 0, err: '' });
    expect(plain.out).toMatch(/^orders: .+\n {2}forwarded as \/orders\/1\n {2}not beta: .+\n$/);
    const asked = ['resolve', 'GET', 'http://shop.example/orders/1', '-H', 'X-Beta: 1'];
    expect((await gatehouse(asked)).out).toMatch(/^beta: /);
    const { out } = await gatehouse([...asked, '--json']);
    expect(JSON.parse(out)).toMatchObject({ route: { name: 'beta', forwarded_path: '/orders/1' } });
    expect((await gatehouse(['resolve', 'GET', 'http://shop.example/none'])).out).toContain(
      'no route takes it',
    );
    expect(await gatehouse([...asked, '-H', 'no field'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('NAME: VALUE') as string,
    });
  });

  it.each([
    [['routes', '--dry-run'], 'dry-run'],
    [['diff', 'x.yaml', '--dry-run'], 'dry-run'],
    [['export', '-H', 'a: b'], 'header'],
    [['logout', '--json'], 'json'],
    [['login', '--json'], 'json'],
  ])('%j: an option that the command would ignore is wrong usage', async (args, option) => {
    expect(await gatehouse(args)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`no use for --${option}`) as string,
    });
  });

  it('names each fault of a file, and ends with 4', async () => {
    const { code, out, err } = await gatehouse(['apply', file({ routes: [{ name: 'x' }], planets: [] })]);
    expect([code, out]).toEqual([4, '']);
    expect(err).toContain('/routes/0/match ');
    expect(err).toContain('/planets ');
  });

  it('tells wrong usage (2), no login (3) and no answer (5) apart', async () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'routes: [');
    for (const args of [
      ['fly'],
      ['diff'],
      ['routes', '--colour'],
      ['diff', join(folder, 'none.yaml')],
      ['diff', broken],
    ]) {
      expect([args, (await gatehouse(args)).code]).toEqual([args, 2]);
    }
    expect(await gatehouse(['routes'], {})).toMatchObject({ code: 3, err: expect.stringContaining('login') });
    expect((await gatehouse(['routes'], { GATEHOUSE_TOKEN: 'wrong' })).code).toBe(3);
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    expect((await gatehouse(['routes', '--gateway', nowhere])).code).toBe(5);
    expect((await gatehouse(['--help'])).code).toBe(0);
  });

  describe('login', () => {
    /** Allows what the device asks for, as a person in a browser; resolves with the last page. */
    async function allow(address: string, administrator: boolean) {
      const { id } = await newUser(auth);
      const users = auth.get(UsersService);
      const { name, email, emailVerified, disabledAt } = (await users.read(id))!;
      await users.update(id, { name, email, emailVerified, administrator, disabledAt });
      const browser = new Browser();
      const secret = await auth.get(SessionsService).create(id, ['pwd']);
      await browser.jar.setCookie(`gh_as_session=${secret}; Path=/; HttpOnly`, auth.url);
      const options = { most: 3, headers: FROM_ITS_PAGE };
      const entered = await browser.open(address, { most: 3 });
      const page = await browser.submit(formTo(entered, '/device')!, {}, options);
      return browser.submit(formTo(page, new URL(page.url).pathname)!, { decision: 'allow' }, options);
    }

    const environment = () => ({ GATEHOUSE_ISSUER: issuer, GATEHOUSE_GATEWAY_URL: gateway.url });

    it('by an administrator in a browser; the token is kept for its owner alone', async () => {
      let page: Promise<unknown> | undefined;
      const ended = await gatehouse(['login'], environment(), (out) => {
        const address = /or open (\S+)/.exec(out)?.[1];
        if (address) page ??= allow(address, true);
      });
      await page;
      expect(ended).toMatchObject({ code: 0, err: '' });
      const path = join(folder, 'config', 'gatehouse', 'credentials.json');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect((await gatehouse(['routes'], environment())).code).toBe(0);
      expect((await gatehouse(['logout'], environment())).code).toBe(0);
      expect(readFileSync(path, 'utf8')).not.toContain('access_token');
      expect((await gatehouse(['routes'], environment())).code).toBe(3);
    });

    const ask = (client_id: string, scope: string) =>
      auth.post('/oauth2/device_authorization', { client_id, scope });

    it('nobody but an administrator can allow it', async () => {
      const { body } = await ask('gatehouse-cli', 'admin');
      const page = await allow(body.verification_uri_complete as string, false);
      expect(page.status).toBe(403);
      const polled = await auth.post('/oauth2/token', {
        grant_type: DEVICE_CODE,
        device_code: body.device_code as string,
        client_id: 'gatehouse-cli',
      });
      expect(polled.body.error).toBe('authorization_pending');
    });

    it('and no other client can ask for it', async () => {
      const other = await auth.client({
        redirect_uris: [],
        token_endpoint_auth_method: 'none',
        grant_types: [DEVICE_CODE],
        scope: 'admin',
      });
      expect((await ask(other.clientId, 'admin')).body.error).toBe('invalid_scope');
      expect((await ask('gatehouse-cli', 'introspect')).body.error).toBe('invalid_scope');
    });
  });
});
