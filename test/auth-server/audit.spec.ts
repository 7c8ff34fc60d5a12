import { Audit } from '../../apps/auth-server/src/audit/audit.service.js';
import { AuthServer } from './auth-server.js';

describe('audit', () => {
  it('keeps every event, in order, whatever callers put into it; what waits at a stop is written', async () => {
    const server = await AuthServer.start();
    const audit = server.get(Audit);
    const odd = ['plain', 'NUL \0', 'half \ud83d', 'pair 😀', 'slash \\u0000', 'quote \' "', 'ü'];
    for (const text of odd) {
      audit.record({ type: 'test.odd', clientId: text, address: '::1', detail: { text } });
    }
    for (let n = 0; n < 5_000; n++) audit.record({ type: 'test.many', detail: { n } });
    await server.close();
    const again = await AuthServer.start({}, server.database);
    const rows = await again.sql<{ client_id: string; user_id: null; detail: { text: string } }>(
      "SELECT client_id, user_id, detail FROM auth.audit_event WHERE type = 'test.odd' ORDER BY id",
    );
    expect(rows.map((row) => row.client_id)).toEqual([
      'plain',
      'NUL \ufffd',
      'half \ufffd',
      'pair 😀',
      'slash \\u0000',
      'quote \' "',
      'ü',
    ]);
    expect(rows.map((row) => row.detail.text)).toEqual(rows.map((row) => row.client_id));
    expect(rows[0]!.user_id).toBeNull();
    const many = await again.sql<{ n: number }>(
      "SELECT (detail->>'n')::int AS n FROM auth.audit_event WHERE type = 'test.many' ORDER BY id",
    );
    expect(many.map((row) => row.n)).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
    await again.stop();
  });

  it('waits while PostgreSQL does not take events, and loses none', async () => {
    const server = await AuthServer.start();
    await server.sql('ALTER TABLE auth.audit_event RENAME TO audit_event_away');
    server.get(Audit).record({ type: 'test.late' });
    await new Promise((resolve) => setTimeout(resolve, 800));
    await server.sql('ALTER TABLE auth.audit_event_away RENAME TO audit_event');
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await server.sql("SELECT 1 FROM auth.audit_event WHERE type = 'test.late'")).toHaveLength(1);
    await server.stop();
  });
});
