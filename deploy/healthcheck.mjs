// Container health check without curl: `node healthcheck.mjs URL` exits 0 on a 2xx answer within 3 s.
/* global fetch, AbortSignal */
try {
  const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(3000), redirect: 'error' });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
} catch (error) {
  console.error(String(error.cause ?? error));
  process.exit(1);
}
