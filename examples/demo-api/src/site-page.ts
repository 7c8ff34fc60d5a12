import type { Caller } from './caller.js';

const STYLE = `
:root{color-scheme:light dark;--bg:#f4f5f7;--card:#fff;--text:#1a1f2b;--quiet:#59616f;--line:#d5d9e0;--accent:#2450c8}
@media(prefers-color-scheme:dark){:root{--bg:#12151b;--card:#1b1f27;--text:#e8eaef;--quiet:#a3abb9;--line:#3a414d;--accent:#8fb0ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:26rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem 1.5rem;overflow-wrap:anywhere}
h1{font-size:1.375rem;line-height:1.25;margin:0 0 .5rem}
p,dt{color:var(--quiet)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
dd{margin:0}
a{color:var(--accent);font-weight:600}`;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A page that names its reader, though this server has never seen a password or a token. */
export function sitePage(caller: Caller): string {
  const name =
    caller.name ?? caller.username ?? caller.subject ?? 'nobody: open this page through the gateway';
  const facts = Object.entries(caller).map(
    ([key, value]) => `<dt>${escape(key)}</dt><dd>${escape(String(value))}</dd>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A site behind the gateway</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Signed in as ${escape(name)}</h1>
<p>The gateway signed you in and forwarded this request. The site behind it holds no password, no token and no session.</p>
<dl>${facts.join('')}</dl>
<p><a href="/.gatehouse/logout">Sign out</a></p>
</main>
</body>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
